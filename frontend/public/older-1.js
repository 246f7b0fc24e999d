// What phones of 2018 lack of what a resident's pages use; newer ones pass over it. It changes only under another name: see worker.js.
if (typeof globalThis === "undefined") window.globalThis = window;
if (!window.queueMicrotask) window.queueMicrotask = (work) => void Promise.resolve().then(work);
if (!window.AudioContext && window.webkitAudioContext) window.AudioContext = window.webkitAudioContext;
if (!Array.prototype.flat) {
  Array.prototype.flat = function flat(depth = 1) {
    return this.reduce((all, one) => all.concat(Array.isArray(one) && depth > 1 ? one.flat(depth - 1) : one), []);
  };
  Array.prototype.flatMap = function flatMap(work) {
    return this.map(work).flat();
  };
}
if (!Object.fromEntries) {
  Object.fromEntries = (pairs) => {
    const made = {};
    for (const [name, value] of pairs) made[name] = value;
    return made;
  };
}
