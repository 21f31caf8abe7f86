// How figures look: colours and type of the page's own design, read anew when the theme changes.

export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A Plotly layout in the colours of the page; `own` is laid over it. */
export function layout(own = {}) {
  const axis = { gridcolor: token("--line"), zerolinecolor: token("--line"), linecolor: token("--line"), tickcolor: token("--line"), automargin: true, fixedrange: true };
  const { xaxis, yaxis, ...rest } = own;
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12.5, color: token("--text-soft") },
    margin: { l: 8, r: 16, t: 8, b: 8 },
    hoverlabel: { bgcolor: token("--raised"), bordercolor: token("--line-strong"), font: { color: token("--text") } },
    showlegend: false,
    xaxis: { ...axis, ...xaxis },
    yaxis: { ...axis, ...yaxis },
    ...rest,
  };
}

export const CONFIG = { displayModeBar: false, responsive: true };

export const onTheme = (draw) => document.addEventListener("repick:theme", draw);
