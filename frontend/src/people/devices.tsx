// The phones that hear for this resident: each can be taken out, by the resident alone.
import { signal } from "@preact/signals";
import { api, take } from "../api";
import { when } from "../time";
import { why } from "../ui/parts";
import type { Device } from "../wire";
import { language, say } from "../words";

const open = signal(false);
const devices = signal<Device[]>([]);
const sure = signal("");
const trouble = signal("");

async function read(): Promise<void> {
  try {
    devices.value = (await take(api.GET("/api/devices"))).items;
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
  }
}

async function pause(paused: boolean): Promise<void> {
  try {
    await take(api.POST("/api/pause", { body: { paused } }));
    await read();
  } catch (error) {
    trouble.value = why(error);
  }
}

async function leave(device: Device): Promise<void> {
  if (sure.value !== device.id) return void (sure.value = device.id);
  sure.value = "";
  try {
    await take(api.DELETE("/api/devices/{id}", { params: { path: { id: device.id } } }));
  } catch (error) {
    return void (trouble.value = why(error));
  }
  if (device.this) location.reload();
  else await read();
}

export function Devices() {
  if (!open.value) return <button type="button" class="quiet" onClick={() => { open.value = true; void read(); }}>{say("devices")}</button>;
  return (
    <section class="devices" data-testid="devices">
      <h2>{say("devices")}</h2>
      <p>{say("devicesHow")}</p>
      {devices.value.some((device) => device.this && device.paused) && <p class="paused" role="status">{say("paused")}</p>}
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <ul>{devices.value.map((device) => (
        <li key={device.id}>
          <p><b>{say(device.this ? "deviceThis" : "deviceOther")}</b><small>{say("deviceSince", { on: when(device.joined_at, language.value) })}</small></p>
          {device.this && <button type="button" class="secondary" aria-pressed={device.paused} onClick={() => void pause(!device.paused)}>{say(device.paused ? "pauseEnd" : "pause")}</button>}
          <button type="button" class={sure.value === device.id ? "danger" : "secondary"} onClick={() => void leave(device)}>{say(sure.value === device.id ? "deviceLeaveSure" : "deviceLeave")}</button>
        </li>
      ))}</ul>
      <button type="button" class="quiet" onClick={() => (open.value = false)}>{say("close")}</button>
    </section>
  );
}
