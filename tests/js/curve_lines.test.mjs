import assert from "node:assert/strict";
import { test } from "node:test";

import { figureNames, firstFigure, lines } from "../../static/js/charts/curve_lines.js";

const epoch = (number, losses, validation = {}) => ({ epoch: number, losses, validation });

test("figures are named once, training before held out", () => {
  const curves = [{ fold: 0, network: 0, epochs: [epoch(1, { picking: 1 }), epoch(2, { picking: 1, time_contrast: 2 }, { mae_s: 3 })] }];
  assert.deepEqual(figureNames(curves).map(({ label }) => label), ["training: picking", "training: time contrast", "held out: mae s"]);
});

test("each network of each fold is a line of its own", () => {
  const curves = [0, 1].map((network) => ({ fold: 2, network, epochs: [epoch(1, { picking: network })] }));
  assert.deepEqual(lines(curves, { kind: "losses", name: "picking" }).map(({ label, y }) => [label, y]), [
    ["fold 3, network 1", [0]],
    ["fold 3, network 2", [1]],
  ]);
});

test("with one network a fold its number is left out", () => {
  const [line] = lines([{ fold: 0, network: 0, epochs: [epoch(1, { picking: 1 })] }], { kind: "losses", name: "picking" });
  assert.equal(line.label, "fold 1");
});

test("epochs without the figure leave no hole and no line of nothing", () => {
  const curves = [
    { fold: 0, network: 0, epochs: [epoch(1, {}, {}), epoch(10, {}, { loss: 0.5 }), epoch(11, {}, { loss: null })] },
    { fold: 1, network: 0, epochs: [epoch(1, {}, {})] },
  ];
  const drawn = lines(curves, { kind: "validation", name: "loss" });
  assert.deepEqual(drawn.map(({ x, y }) => [x, y]), [[[10], [0.5]]]);
});

test("the held-out loss is shown first once it is a line; until then the training loss", () => {
  const values = ["losses/total", "validation/loss"];
  const epochs = [epoch(1, { total: 3 }), epoch(10, { total: 2 }, { loss: 1 }), epoch(20, { total: 1 }, { loss: 0.5 })];
  assert.equal(firstFigure([{ fold: 0, network: 0, epochs: epochs.slice(0, 2) }], values), "losses/total");
  assert.equal(firstFigure([{ fold: 0, network: 0, epochs }], values), "validation/loss");
  assert.equal(firstFigure([], []), "");
});
