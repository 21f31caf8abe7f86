import assert from "node:assert/strict";
import { test } from "node:test";

import { channelWords, utcWords } from "../../static/js/review/clock.js";

const TRACE = { start_time: "2023-03-12T23:59:58.120500Z", is_relative: false };

test("a place on the trace is told in UTC, as finely as asked", () => {
  assert.equal(utcWords(TRACE, 0, 2), "23:59:58.12");
  assert.equal(utcWords(TRACE, 0.001, 6), "23:59:58.121500");
  assert.equal(utcWords(TRACE, 1, 0), "23:59:59");
  assert.equal(utcWords({ start_time: "2023-03-12T06:15:06Z" }, 0.5, 3), "06:15:06.500");
});

test("midnight begins the next day, and rounding carries over", () => {
  assert.equal(utcWords(TRACE, 1.8795, 3), "00:00:00.000");
  assert.equal(utcWords(TRACE, 1.8794, 2), "00:00:00.00");
  assert.equal(utcWords(TRACE, 86_400 + 2, 2), "00:00:00.12");
});

test("a trace without absolute times has no UTC", () => {
  assert.equal(utcWords({ ...TRACE, is_relative: true }, 1, 2), "");
  assert.equal(utcWords({}, 1, 2), "");
});

test("a channel has its location before it, where the catalog has one", () => {
  assert.equal(channelWords({ seed: "SY.NOCE.--.EH" }, "EHZ"), "--.EHZ");
  assert.equal(channelWords({ seed: "NZ.WEL.10.HH" }, "HHR"), "10.HHR");
  assert.equal(channelWords({ seed: "BG.FUM..DP" }, "DPZ"), "DPZ");
  assert.equal(channelWords({}, "DPZ"), "DPZ");
});
