// What keys do to the view of the waveforms and its cursor, by action.

export const viewActions = (figure) => ({
  cursor_left: () => figure.moveCursor(-1),
  cursor_right: () => figure.moveCursor(1),
  cursor_left_ten: () => figure.moveCursor(-10),
  cursor_right_ten: () => figure.moveCursor(10),
  cursor_left_tenth: () => figure.moveCursor(-0.1),
  cursor_right_tenth: () => figure.moveCursor(0.1),
  wider: () => figure.widen(),
  narrower: () => figure.narrow(),
  taller: () => figure.amplitude(1.4),
  flatter: () => figure.amplitude(1 / 1.4),
  zoom_in: () => figure.zoom(0.7),
  zoom_out: () => figure.zoom(1 / 0.7),
  pan_left: () => figure.pan(-0.25),
  pan_right: () => figure.pan(0.25),
  reset: () => figure.reset(),
});
