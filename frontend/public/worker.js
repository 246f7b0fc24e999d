// The service worker of the resident's page and of the tablet: after one visit the page opens without a signal. It keeps the page
// and its files, never an answer of the API: what was read last the page itself keeps (broadcasts/inbox.ts, knocks.ts). Nothing
// depends on it.
const PAGE = new URL(self.registration.scope).pathname;
const STORE = `gridmap${PAGE.replaceAll("/", "-")}-2`;
const PATIENCE = 4000;
const ASSET = /^\/static\/assets\//;

self.addEventListener("install", (event) => event.waitUntil(visit().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

/** The first visit itself: the page was read before there was a worker, so it is read once more with all the files that it names. */
async function visit() {
  const store = await caches.open(STORE);
  const page = await fetch(PAGE);
  if (!page.ok || page.redirected) return;
  const files = (await page.clone().text()).match(/\/static\/assets\/[^"'\s)]+/g) ?? [];
  await store.put(PAGE, page);
  await Promise.allSettled(files.map((file) => store.add(file)));
}

async function tidy() {
  for (const name of await caches.keys()) if (name !== STORE && name.startsWith(`gridmap${PAGE.replaceAll("/", "-")}-`)) await caches.delete(name);
}

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && address.pathname.startsWith(PAGE)) event.respondWith(newestPage(event.request));
  else if (ASSET.test(address.pathname)) event.respondWith(keptAsset(event.request));
});

/** The page as the server has it now; the one kept where there is no signal. */
async function newestPage(request) {
  const store = await caches.open(STORE);
  const kept = await store.match(PAGE);
  const newest = fetch(request).then((found) => {
    if (found.ok && !found.redirected) keep(store, PAGE, found);
    return found;
  });
  if (!kept) return newest;
  const patience = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE)); // a dead link says nothing
  return Promise.race([newest, patience]).catch(() => kept);
}

/** On a full phone nothing is kept, and the page opens all the same. */
function keep(store, name, found) {
  store.put(name, found.clone()).catch(() => undefined);
}

/** Files carry a hash in their names and never change; those of older builds stay until STORE has another name. */
async function keptAsset(request) {
  const store = await caches.open(STORE);
  const kept = await store.match(request);
  if (kept) return kept;
  const found = await fetch(request);
  if (found.ok) keep(store, request, found);
  return found;
}
