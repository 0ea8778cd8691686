// Goes before the scripts of widgets that draw nothing, and work on the card that they are in. Such a
// script gives what it begins there; that gives what ends it.

function inCard(el, begin) {
  let end = null;
  // It has a size once it is in the page, and then it knows its card.
  const arrival = new ResizeObserver(() => {
    const card = el.closest(".tw-card");
    if (card) end ??= begin(card);
  });
  arrival.observe(el);
  return () => {
    arrival.disconnect();
    end?.();
  };
}
