(() => {
  // On paper everything is open; afterwards what was closed is closed again.
  const closed = [];
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details:not([open])")) {
      if (each.dataset.paper === "closed") continue;
      each.open = true;
      closed.push(each);
    }
  });
  addEventListener("afterprint", () => {
    for (const each of closed.splice(0)) each.open = false;
  });
  // An address within the page may be that of something in a closed part.
  const reveal = () => {
    const found = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    for (let each = found; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    if (found) found.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  // A box that scrolls says so.
  const hints = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      const hint = box.nextElementSibling;
      if (hint && hint.classList.contains("scroll-hint")) hint.hidden = box.scrollWidth <= box.clientWidth + 1;
    }
  };
  addEventListener("resize", hints);
  document.addEventListener("toggle", hints, true);
  hints();
  if (location.hash) reveal();
})();
