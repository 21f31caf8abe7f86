import assert from "node:assert/strict";
import { test } from "node:test";

import { wireRotation } from "../../static/js/review/rotation.js";
import { amplitudeWords, wireUnits } from "../../static/js/review/units.js";

const makeButton = () => ({ attributes: {}, setAttribute(name, value) { this.attributes[name] = value; }, addEventListener() {} });
const makeStorage = () => ({ kept: {}, getItem(key) { return this.kept[key] ?? null; }, setItem(key, value) { this.kept[key] = value; } });
const TRACE = { can_be_turned: true, back_azimuth_deg: 40, why_not_rotated: "", unit: "µm/s", why_no_unit: "", sensitivity_hz: 1 };

test("components go from as recorded to Z N E to Z R T and back", () => {
  const button = makeButton();
  const rotation = wireRotation({ button, changed() {}, tell() {} });
  const item = { trace: TRACE };
  const seen = [];
  for (let press = 0; press < 4; press += 1) {
    rotation.say(item);
    seen.push([button.textContent, button.attributes["aria-pressed"], rotation.of(item)]);
    rotation.toggle();
  }
  assert.deepEqual(seen.map(([name, pressed]) => `${name} ${pressed}`), ["ZNE false", "ZNE true", "ZRT true", "ZNE false"]);
  assert.deepEqual(seen[1][2], { isTurned: true, backAzimuth: null });
  assert.deepEqual(seen[2][2], { isTurned: false, backAzimuth: 40 });
});

test("a trace that can't be turned stays as recorded and says why", () => {
  const told = [];
  const rotation = wireRotation({ button: makeButton(), changed: () => told.push("changed"), tell: (words) => told.push(words) });
  const item = { trace: { ...TRACE, can_be_turned: false, back_azimuth_deg: null, why_not_rotated: "it lies nowhere" } };
  rotation.say(item);
  rotation.toggle();
  assert.deepEqual(told, ["Not turned to radial and transverse: it lies nowhere."]);
  assert.deepEqual(rotation.of(item), { isTurned: false, backAzimuth: null });
});

test("ground motion is kept from trace to trace and left where there is none", () => {
  const [button, told] = [makeButton(), []];
  const units = wireUnits({ button, storage: makeStorage(), key: "unit", changed() {}, tell: (words) => told.push(words) });
  units.say({ trace: TRACE });
  units.toggle();
  assert.equal(units.isMotion({ trace: TRACE }), true);
  const bare = { trace: { ...TRACE, unit: "counts", why_no_unit: "no inventory" } };
  assert.equal(units.isMotion(bare), false);
  units.say(bare);
  units.toggle();
  assert.deepEqual(told, ["Only counts here: no inventory."]);
  assert.equal(button.textContent, "counts");
  assert.equal(units.isMotion({ trace: TRACE }), true);
});

test("amplitudes are told with three digits and their unit", () => {
  assert.equal(amplitudeWords(0.00123456, "m/s²"), "±0.00123 m/s²");
  assert.equal(amplitudeWords(123456.7, "counts"), "±123\u202f457 counts");
});
