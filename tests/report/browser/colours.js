// Whether what is written can be read: the contrast of letters with what lies behind them, as WCAG 2 defines it.
(() => {
  const PLAIN = 4.5; // WCAG 2.2, 1.4.3, level AA.
  const LARGE = 3; // The same, of letters of 24 px, or 18.66 px and bold.
  const MOST = 12;

  const parsed = (text) => {
    const numbers = text.match(/^rgba?\(([^)]+)\)$/)?.[1].split(/[\s,/]+/).map(Number);
    return numbers ? { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 } : null;
  };
  const over = ({ rgb, alpha }, below) => rgb.map((value, index) => alpha * value + (1 - alpha) * below[index]);
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  // Colours from the page up to an element; null where a picture or a pattern lies between.
  const behind = (element) => {
    const chain = [];
    for (let around = element; around; around = around.parentElement) chain.unshift(around);
    let colour = [255, 255, 255];
    for (const each of chain) {
      const style = getComputedStyle(each);
      if (style.backgroundImage !== "none") return null;
      const own = parsed(style.backgroundColor);
      if (own === null) return null;
      if (own.alpha) colour = over(own, colour);
    }
    return colour;
  };

  // Of a drawing, the boxes that were drawn before a text and lie under its middle.
  const drawnBehind = (element, box) => {
    let colour = behind(element.closest("svg"));
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    let root = element.closest("svg");
    while (root.parentElement.closest("svg")) root = root.parentElement.closest("svg");
    for (const shape of root.querySelectorAll("rect")) {
      if (!(shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      const area = shape.getBoundingClientRect();
      if (x < area.left || x > area.right || y < area.top || y > area.bottom) continue;
      const style = getComputedStyle(shape);
      if (style.fill === "none" || style.visibility === "hidden" || style.display === "none") continue;
      const own = parsed(style.fill);
      if (own === null || colour === null) return null;
      colour = over({ rgb: own.rgb, alpha: own.alpha * style.fillOpacity * style.opacity }, colour);
    }
    return colour;
  };

  const faint = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const seen = new Set();
    for (let node = walker.nextNode(); node && found.length < MOST; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (seen.has(owner) || !node.data.trim() || owner.closest("script,style,title,option,:disabled,defs")) continue;
      if (!owner.checkVisibility({ contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true })) continue;
      seen.add(owner);
      const range = document.createRange();
      range.selectNodeContents(node);
      const [box] = range.getClientRects();
      if (!box || box.width <= 1 || box.height <= 1) continue;
      const style = getComputedStyle(owner);
      const svg = owner.closest("svg") !== null;
      const below = svg ? drawnBehind(owner, box) : behind(owner);
      const own = parsed(svg ? style.fill : style.color);
      if (below === null || own === null) continue;
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const contrast = ratio(over(own, below), below);
      if (contrast >= (large ? LARGE : PLAIN)) continue;
      found.push(`"${node.data.trim().slice(0, 30)}" rgb(${own.rgb}) on rgb(${below.map(Math.round)}): ${contrast.toFixed(2)}`);
    }
    return found;
  };

  // Printers leave backgrounds out, unless they are asked for: a colour that means something would be lost.
  const unprinted = () =>
    [...document.body.querySelectorAll("[style*='background']")]
      .filter((each) => each.checkVisibility() && getComputedStyle(each).printColorAdjust !== "exact")
      .slice(0, MOST)
      .map((each) => `${each.tagName.toLowerCase()}.${each.className}`);

  // What is folded is unfolded on paper but for what says that it is of no use there, and boxes that scroll are as large as what they hold.
  const folded = () => [
    ...[...document.body.querySelectorAll("details:not([data-paper='closed'])")]
      .filter((each) => each.checkVisibility())
      .filter((each) => ![...each.children].some((child) => child.tagName !== "SUMMARY" && child.checkVisibility()))
      .map((each) => `details "${each.querySelector("summary")?.textContent.trim().slice(0, 40)}" is closed`),
    ...[...document.body.querySelectorAll("*")]
      .filter((each) => each instanceof HTMLElement && each.checkVisibility())
      .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflow) && each.scrollWidth > each.clientWidth + 1)
      .map((each) => `${each.tagName.toLowerCase()}.${each.className} scrolls`),
  ].slice(0, MOST);

  return { faint, unprinted, folded };
})();
