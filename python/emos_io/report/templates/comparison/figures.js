"use strict";
// A box that is too narrow for what it has says so below; where all is visible it says nothing.
{
  const say = (box) => {
    const hint = box.parentElement.querySelector(":scope > .scroll-hint");
    if (hint !== null) hint.hidden = box.scrollWidth <= box.clientWidth + 1;
  };
  const watcher = new ResizeObserver((changes) => changes.forEach((change) => say(change.target)));
  for (const box of document.querySelectorAll(".scroll")) {
    say(box);
    watcher.observe(box);
  }
}
