// From the answer of the curves' address to lines: pure, without DOM or Plotly.

/** Names of all figures: losses as they are called, validation figures after them. */
export function figureNames(curves) {
  const names = { losses: new Set(), validation: new Set() };
  for (const curve of curves) {
    for (const epoch of curve.epochs) {
      for (const kind of ["losses", "validation"]) for (const name of Object.keys(epoch[kind] ?? {})) names[kind].add(name);
    }
  }
  return [
    ...[...names.losses].map((name) => ({ kind: "losses", name, label: `training: ${name.replaceAll("_", " ")}` })),
    ...[...names.validation].map((name) => ({ kind: "validation", name, label: `held out: ${name.replaceAll("_", " ")}` })),
  ];
}

/** The figure to show first, of values as `kind/name`: the held-out loss once it is a line and not a single point. */
export function firstFigure(curves, values) {
  const isLine = (value) => {
    const [kind, name] = value.split("/");
    return lines(curves, { kind, name }).some((line) => line.x.length > 1);
  };
  const preferred = ["validation/loss", "losses/total", "losses/picking"].filter((value) => values.includes(value));
  return preferred.find(isLine) ?? preferred.at(-1) ?? values[0] ?? "";
}

/** One line for each network of each fold: {label, fold, network, x, y}. Epochs without the figure are left out. */
export function lines(curves, { kind, name }) {
  const several = curves.some((curve) => curve.network > 0);
  return curves
    .map((curve) => {
      const withIt = curve.epochs.filter((epoch) => Number.isFinite(epoch[kind]?.[name]));
      return {
        label: `fold ${curve.fold + 1}${several ? `, network ${curve.network + 1}` : ""}`,
        fold: curve.fold,
        network: curve.network,
        x: withIt.map((epoch) => epoch.epoch),
        y: withIt.map((epoch) => epoch[kind][name]),
      };
    })
    .filter((line) => line.x.length);
}
