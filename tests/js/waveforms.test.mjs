import assert from "node:assert/strict";
import { test } from "node:test";

import { makeWaveforms } from "../../static/js/review/waveforms.js";

const ITEM = { trace: { trace: 1, waveform_url: "/x?v=2", duration_s: 86400 }, label: { offset_s: 500 } };
const LOOK = { filter: "raw", backAzimuth: null };

/** Answers each address with the window that it names. */
async function packetAt(url) {
  const asked = new URL(url, "http://x").searchParams;
  return { url, startS: Number(asked.get("start")), endS: Number(asked.get("end")), stepS: 1 };
}

test("the overview of a long trace outlives the windows that follow", async () => {
  const waveforms = makeWaveforms(packetAt);
  await waveforms.loadWhole(ITEM, LOOK);
  for (let start = 0; start < 20; start += 1) await waveforms.load(ITEM, LOOK, { startS: start * 100, endS: start * 100 + 50 });
  const kept = waveforms.packets(ITEM, LOOK);
  assert.equal(kept.length, 6);
  assert.equal(kept[0].endS, 86400);
  assert.equal(kept.at(-1).startS, 1900);
});

test("a short trace needs no overview", async () => {
  const waveforms = makeWaveforms(packetAt);
  const short = { ...ITEM, trace: { ...ITEM.trace, duration_s: 90 } };
  await waveforms.loadWhole(short, LOOK);
  assert.deepEqual(waveforms.packets(short, LOOK), []);
});

test("turned waveforms are kept apart from those as they were recorded", async () => {
  const waveforms = makeWaveforms(packetAt);
  await waveforms.loadFirst(ITEM, { filter: "raw", backAzimuth: 33.5 });
  assert.deepEqual(waveforms.packets(ITEM, LOOK), []);
  assert.match(waveforms.packets(ITEM, { filter: "raw", backAzimuth: 33.5 })[0].url, /back_azimuth=33.5/);
});
