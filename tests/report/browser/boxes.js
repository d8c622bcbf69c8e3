// What lies where on a page: texts over each other, parts beside the page, texts that are cut; measured, not judged.
(() => {
  const SLACK = 1; // Browsers round edges to pixels.
  const LINE = 3; // Boxes of letters are higher than what is drawn of them: lines that stand close share this much.
  const MOST = 12; // As many findings of a kind as a person reads.
  const CONTROLS = "a[href],button,input,select,textarea,summary,audio[controls],video[controls],[tabindex='0']";

  const visible = (element) =>
    element.checkVisibility({ contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true });
  const called = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const classes = (element.getAttribute("class") || "").trim().split(/\s+/).filter(Boolean).map((name) => `.${name}`);
    return `${element.tagName.toLowerCase()}${id}${classes.join("")}`;
  };
  const short = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
  const clips = (style) => [style.overflowX, style.overflowY].some((value) => value !== "visible");
  // Boxes of one pixel and less are for screen readers alone.
  const drawn = (box) => box.right - box.left > 1 && box.bottom - box.top > 1;

  // What is left of a box within all that cuts it; letters are cut by the element that has them, too.
  const cutBy = (element, node, box) => {
    let { left, right, top, bottom } = box;
    for (let around = element === node ? element.parentElement : element; around && around !== document.body; around = around.parentElement) {
      if (!clips(getComputedStyle(around))) continue;
      const outer = around.getBoundingClientRect();
      left = Math.max(left, outer.left);
      right = Math.min(right, outer.right);
      top = Math.max(top, outer.top);
      bottom = Math.min(bottom, outer.bottom);
    }
    return { left, right, top, bottom };
  };

  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (!node.data.trim() || owner.closest("script,style,title,option,noscript,pattern,defs") || !visible(owner)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) found.push({ owner, node, text: short(node.data.trim()), box });
    }
    return found;
  };

  const overlaps = (apart = "") => {
    const all = texts();
    for (const owner of document.body.querySelectorAll("img,video,audio,canvas,button,input,select,textarea")) {
      if (visible(owner)) all.push({ owner, node: owner, text: called(owner), box: owner.getBoundingClientRect() });
    }
    const boxes = all
      .filter(({ owner }) => !apart || !owner.closest(apart))
      .map((each) => ({ ...each, box: cutBy(each.owner, each.node, each.box) }))
      .filter(({ box }) => drawn(box))
      .sort((one, other) => one.box.top - other.box.top);
    const found = [];
    let open = [];
    for (const each of boxes) {
      open = open.filter(({ box }) => box.bottom > each.box.top + LINE);
      for (const other of open) {
        if (other.node === each.node || other.node.contains(each.node) || each.node.contains(other.node)) continue;
        const width = Math.min(other.box.right, each.box.right) - Math.max(other.box.left, each.box.left);
        const height = Math.min(other.box.bottom, each.box.bottom) - each.box.top;
        if (width <= SLACK || height <= LINE) continue;
        found.push(`${called(other.owner)} "${other.text}" and ${called(each.owner)} "${each.text}" share ${width.toFixed()} x ${height.toFixed()} px`);
        if (found.length === MOST) return found;
      }
      open.push(each);
    }
    return found;
  };

  const scrolls = (element) => {
    for (let around = element.parentElement; around && around !== document.body; around = around.parentElement) {
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(around).overflowX)) return true;
    }
    return false;
  };

  const beside = () => {
    const found = [];
    for (const element of document.body.querySelectorAll("*")) {
      if (element.closest("defs") || !visible(element)) continue;
      const box = element.getBoundingClientRect();
      // A link that is there for keys alone comes into view with the focus.
      if (element.matches("a[href^='#']") && box.right <= 0) continue;
      if (!drawn(box) || (box.left >= -SLACK && box.right <= innerWidth + SLACK) || scrolls(element)) continue;
      found.push(`${called(element)} from ${box.left.toFixed()} to ${box.right.toFixed()} px`);
      if (found.length === MOST) break;
    }
    return found;
  };

  const told = (element) => element.title || element.closest("[title]") || element.querySelector("[title]");
  const hinted = (element, style) => {
    if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") return Boolean(told(element));
    return false;
  };
  // A box that scrolls is reached by keyboard, has a name, and says in words that it scrolls.
  const named = (element) => {
    const hint = element.parentElement.querySelector(".scroll-hint");
    return element.tabIndex === 0 && element.getAttribute("aria-label") && hint !== null && visible(hint);
  };

  const cut = () => {
    const found = [];
    for (const element of document.body.querySelectorAll("*")) {
      if (!(element instanceof HTMLElement) || !visible(element) || !element.clientWidth) continue;
      if (/^(VIDEO|AUDIO|IMG|INPUT|SELECT|CANVAS)$/.test(element.tagName)) continue;
      const style = getComputedStyle(element);
      const sides = [
        [style.overflowX, element.scrollWidth - element.clientWidth, "wide"],
        [style.overflowY, element.scrollHeight - element.clientHeight, "high"],
      ];
      if (!drawn(element.getBoundingClientRect())) continue;
      for (const [overflow, more, side] of sides) {
        if (more <= SLACK || overflow === "visible" || style.display === "inline") continue;
        // Letters reach a little over low lines.
        if (side === "high" && more <= LINE) continue;
        const fine = { hidden: hinted(element, style), clip: hinted(element, style) }[overflow] ?? named(element);
        if (fine) continue;
        found.push(`${called(element)} "${short(element.textContent.trim())}" is ${more.toFixed()} px too ${side}, overflow ${overflow}`);
      }
      if (found.length >= MOST) break;
    }
    for (const { owner, text, box } of texts()) {
      const around = owner.closest("svg");
      if (around === null || found.length >= MOST) continue;
      const outer = around.getBoundingClientRect();
      const most = { left: outer.left - SLACK, right: outer.right + SLACK, top: outer.top - LINE, bottom: outer.bottom + LINE };
      if (box.left < most.left || box.right > most.right || box.top < most.top || box.bottom > most.bottom) {
        found.push(`${called(owner)} "${text}" leaves its drawing`);
      }
    }
    return found;
  };

  const controls = () => {
    const all = [...document.body.querySelectorAll(CONTROLS)].filter(
      (each) => visible(each) && !each.disabled && each.tabIndex >= 0 && !each.closest("[inert]"),
    );
    // Of a group of radio buttons, one is reached, the others by arrows.
    return all.filter((each) => each.type !== "radio" || each.checked);
  };

  // A control is what is pressed: each has a name for those who do not see it.
  const nameless = () =>
    controls()
      .filter((each) => !/^(AUDIO|VIDEO)$/.test(each.tagName))
      .filter((each) => {
        const labels = [...(each.labels ?? [])].map((label) => label.textContent);
        const by = (each.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
        const names = by.map((id) => document.getElementById(id)?.textContent ?? "");
        return ![each.getAttribute("aria-label"), each.title, each.textContent, each.value, ...labels, ...names].some(
          (name) => name && name.trim(),
        );
      })
      .map(called);

  const focused = () => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    const style = getComputedStyle(element);
    // Inside of a player it is its own controls that have the focus, and the browser outlines them.
    if (/^(AUDIO|VIDEO)$/.test(element.tagName)) return { element, outlined: true };
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return { element, outlined: outlined || style.boxShadow !== "none" };
  };

  // Controls are counted once: nothing that Tab does makes one.
  const stepper = () => {
    const numbers = new Map(controls().map((each, index) => [each, index]));
    return () => {
      const found = focused();
      if (found === null) return null;
      return { number: numbers.get(found.element) ?? -1, outlined: found.outlined, name: called(found.element) };
    };
  };

  return { overlaps, beside, cut, controls: () => controls().map(called), nameless, stepper };
})();
