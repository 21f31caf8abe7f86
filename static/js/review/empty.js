// What stands in the place of the waveforms where there are none to show: that nothing is left to review, or what could not be loaded.

const REASONS = ["empty_filter", "empty_done", "empty_failed"];

/** part: the elements of the page by name. */
export function makeEmpty(part) {
  function show(title, reason) {
    part.bench.hidden = true;
    part.empty.hidden = false;
    part.empty_title.textContent = title;
    part.announcement.textContent = title;
    for (const name of REASONS) part[name].hidden = name !== reason;
  }

  return {
    hide() {
      part.bench.hidden = false;
      part.empty.hidden = true;
    },
    sayNothingLeft(threshold, isNarrowed) {
      if (isNarrowed) show("Nothing left under this filter", "empty_filter");
      else show(`Nothing left to review at P ≥ ${threshold.toFixed(2)}`, "empty_done");
    },
    /** what: the thing that is missing, as a sentence begins. */
    sayFailed(what, problem) {
      part.empty_why.textContent = problem.message;
      show(`${what} could not be loaded`, "empty_failed");
    },
  };
}
