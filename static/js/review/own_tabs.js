// Other tabs of the same analyst. They share what is kept in the browser, and any of them sends it: the one that took a decision hears what
// became of it all the same.

/** channel: a BroadcastChannel or its like. answered(outcome): another tab had an answer of the server. left(): another tab is closed. */
export function joinOwnTabs({ channel, answered, left }) {
  channel.onmessage = ({ data: { outcome } }) => (outcome ? answered(outcome) : left());
  return {
    tell: (outcome) => channel.postMessage({ outcome }),
    leave: () => channel.postMessage({}),
  };
}
