// The mouse, pen or finger on the waveforms: wheel zooms or pans, a drag pans, a click sets the cursor, a drag from the cursor's line or with
// Shift sets the uncertainty around it. What that means is handed in.

const IS_DRAG_PX = 4;
const GRIP_PX = 6; // this near to its line the cursor is gripped

/** timeAt(event), cursorX(): where the pointer is in time, where the cursor is in pixels of the overlay, null for none.
 *  pan(pixels, isFirst), panBy(share), zoomAt(timeS, factor), place(timeS), open(timeS), reset(): what it does. isReady(): whether there is a trace. */
export function wirePointer({ overlay, isReady, timeAt, cursorX, pan, panBy, zoomAt, place, open, reset }) {
  let drag = null;

  function gripsCursor(event) {
    const x = cursorX();
    return x !== null && Math.abs(event.clientX - overlay.getBoundingClientRect().left - x) <= GRIP_PX;
  }

  overlay.addEventListener("wheel", (event) => {
    if (!isReady() || event.ctrlKey) return;
    event.preventDefault();
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways) panBy((event.deltaX || event.deltaY) / 600);
    else zoomAt(timeAt(event), Math.exp(event.deltaY / 400));
  }, { passive: false });

  overlay.addEventListener("pointerdown", (event) => {
    if (!isReady() || event.button !== 0) return;
    drag = { x: event.clientX, hasMoved: false, opens: event.shiftKey || gripsCursor(event) };
    if (event.shiftKey) place(timeAt(event));
    overlay.setPointerCapture(event.pointerId);
  });

  overlay.addEventListener("pointermove", (event) => {
    if (drag === null || !isReady()) {
      drag = null;
      overlay.classList.toggle("is-gripped", event.shiftKey || gripsCursor(event));
      return;
    }
    const distance = event.clientX - drag.x;
    if (!drag.hasMoved && Math.abs(distance) < IS_DRAG_PX) return;
    if (drag.opens) open(timeAt(event));
    else {
      overlay.classList.add("is-dragged");
      pan(distance, !drag.hasMoved);
    }
    drag.hasMoved = true;
  });

  overlay.addEventListener("pointerup", (event) => {
    if (drag !== null && !drag.hasMoved && !event.shiftKey) place(timeAt(event));
    end();
  });
  overlay.addEventListener("pointercancel", end);
  overlay.addEventListener("dblclick", reset);

  function end() {
    drag = null;
    overlay.classList.remove("is-dragged");
  }
}
