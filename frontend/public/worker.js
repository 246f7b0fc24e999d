// The service worker of the resident's page and of the tablet: after one visit the page opens without a signal. It keeps the page
// and its files, never an answer of the API: what was read last the page itself keeps (broadcasts/inbox.ts, knocks.ts). Nothing
// depends on it.
const PAGE = new URL(self.registration.scope).pathname;
const MINE = `gridmap${PAGE.split("/").join("-")}-`; // of this page's worker: the other face has stores of its own
const STORE = `${MINE}2`;
const PATIENCE = 4000;
const ASSET = /^\/static\/(assets\/|older-)/;

self.addEventListener("install", (event) => event.waitUntil(visit().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

/** The first visit itself: the page was read before there was a worker, so it is read once more. */
async function visit() {
  const page = await fetch(PAGE);
  if (page.ok && !page.redirected) await renew(page);
}

/** Keep a page with all the files that it names, and only then let go of what it does not: a page without its files would open blank. */
async function renew(page) {
  const store = await caches.open(STORE);
  const files = new Set((await page.clone().text()).match(/\/static\/(?:assets\/[^"'\s)]+|older-\d+\.js)/g) || []);
  for (const file of files) if (!(await store.match(file))) await store.add(file);
  await store.put(PAGE, page);
  for (const { url } of await store.keys()) {
    const { pathname } = new URL(url);
    if (ASSET.test(pathname) && !files.has(pathname)) await store.delete(url);
  }
}

async function tidy() {
  for (const name of await caches.keys()) if (name !== STORE && name.startsWith(MINE)) await caches.delete(name);
}

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && address.pathname.startsWith(PAGE)) event.respondWith(newestPage(event));
  else if (ASSET.test(address.pathname)) event.respondWith(keptAsset(event.request));
});

/** The page as the server has it now; the one kept where there is no signal. */
async function newestPage(event) {
  const kept = await (await caches.open(STORE)).match(PAGE);
  const newest = fetch(event.request).then((found) => {
    if (found.ok && !found.redirected) event.waitUntil(renew(found.clone()).catch(() => undefined)); // on a full phone the old one stays
    return found.status >= 500 && kept ? kept : found;
  });
  if (!kept) return newest;
  const patience = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE)); // a dead link says nothing
  return Promise.race([newest, patience]).catch(() => kept);
}

/** On a full phone nothing is kept, and the page opens all the same. */
function keep(store, name, found) {
  store.put(name, found.clone()).catch(() => undefined);
}

/** Files carry a hash in their names and never change; those of older builds go when the page is kept anew. */
async function keptAsset(request) {
  const store = await caches.open(STORE);
  const kept = await store.match(request);
  if (kept) return kept;
  const found = await fetch(request);
  if (found.ok) keep(store, request, found);
  return found;
}
