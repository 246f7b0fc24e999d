// A box pulled open with shift held, for picking every grid that it touches.
import type { MapLibre } from "./map";

const SLIP = 6; // pixels that a click may slip
type Corner = [number, number];

/** Watch for boxes while `active` says so; `picked` gets two corners on the screen. A box is no click. */
export function boxPick(map: MapLibre, active: () => boolean, picked: (box: [Corner, Corner]) => void): void {
  const ground = map.getCanvasContainer();
  const frame = document.createElement("div");
  frame.className = "pick-box";
  let from: Corner | null = null;
  const at = (event: MouseEvent): Corner => {
    const { left, top } = ground.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const draw = ([x, y]: Corner, [a, b]: Corner): void => {
    frame.style.transform = `translate(${Math.min(x, a)}px, ${Math.min(y, b)}px)`;
    frame.style.width = `${Math.abs(x - a)}px`;
    frame.style.height = `${Math.abs(y - b)}px`;
  };
  ground.addEventListener("mousedown", (event) => {
    if (!event.shiftKey || event.button !== 0 || !active()) return;
    from = at(event);
    map.dragPan.disable();
  }, true);
  addEventListener("mousemove", (event) => {
    if (!from) return;
    const here = at(event);
    if (Math.hypot(here[0] - from[0], here[1] - from[1]) < SLIP) return;
    ground.append(frame);
    draw(from, here);
  });
  addEventListener("mouseup", (event) => {
    if (!from) return;
    const [begun, here] = [from, at(event)];
    from = null;
    map.dragPan.enable();
    if (!frame.isConnected) return;
    frame.remove();
    picked([[Math.min(begun[0], here[0]), Math.min(begun[1], here[1])], [Math.max(begun[0], here[0]), Math.max(begun[1], here[1])]]);
  });
}
