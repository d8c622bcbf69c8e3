(() => {
  const source = document.getElementById("items-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const PAGE = 100;
  const MARKS = { right: "✓", partly: "◐", wrong: "✗", invalid: "!", missing: "–" };
  const element = (name) => document.getElementById(`item-${name}`);
  const controls = Object.fromEntries(
    ["table", "run", "language", "tier", "class", "answer", "error"].map((name) => [name, element(name)]),
  );
  const search = element("search");
  const rows = element("rows");
  const searched = data.items.keys.map((key, index) => `${key}\n${data.items.texts[index]}`.toLowerCase());
  let table;
  let found = [];
  let first = 0;

  const node = (tag, { text, ...attributes } = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    made.append(...children);
    return made;
  };
  const fill = (select, options, kept) => {
    select.replaceChildren(...options.map(([value, text]) => node("option", { value, text })));
    select.value = options.some(([value]) => value === kept) ? kept : options[0][0];
  };
  // A number's name in the JSON of `emos score`: keys sorted, written as Python's urlencode does.
  const encoded = (text) =>
    encodeURIComponent(text.toWellFormed ? text.toWellFormed() : text)
      .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
      .replace(/%20/g, "+");
  const metric = (of) =>
    `item?${Object.keys(of)
      .sort()
      .map((name) => `${name}=${encoded(of[name])}`)
      .join("&")}`;
  const number = (thousandths, of) =>
    node("span", { class: "number", "data-metric": metric(of), text: (thousandths / 1000).toFixed(3) });
  const list = (value) => (Array.isArray(value) ? value : [value]);
  const marked = (run) => (data.marks[run] === undefined ? run : `${data.marks[run]} ${run}`);
  const titleOf = (each) => `${each.layer}, ${each.kind === "clips" ? "clips" : "monologues"} (${each.items.length})`;

  const setUp = (index) => {
    table = data.tables[index];
    const labels = table.labels.map((label) => [label, label]);
    const none = ["\n", table.takes === "set" ? "empty, or none of the layer" : "none of the layer"];
    const all = ["", "all"];
    const tiers = table.tiers.map((name) => [name, name]);
    fill(controls.run, [all, ...table.runs.map((each, run) => [String(run), marked(each.run)])], controls.run.value);
    fill(controls.tier, [all, ...tiers], controls.tier.value);
    fill(controls.class, [all, ...labels], controls.class.value);
    fill(controls.answer, [all, ...labels, none], controls.answer.value);
  };
  const filters = (of) => {
    const { language, tier, error } = controls;
    const indexOf = (names, select) => (select.value === "" ? null : names.indexOf(select.value));
    const answer = controls.answer.value === "\n" ? of.labels.length : indexOf(of.labels, controls.answer);
    return {
      run: controls.run.value === "" ? null : of.runs.findIndex((each) => each.run === table.runs[controls.run.value].run),
      language: language.value === "" ? null : Number(language.value),
      tier: indexOf(of.tiers, tier),
      label: indexOf(of.labels, controls.class),
      answer,
      error: error.value === "" || error.value === "any" ? null : data.errors.indexOf(error.value),
      any: error.value === "any",
      text: search.value.trim().toLowerCase(),
    };
  };
  const passes = (of, by, run, item) => {
    const error = of.runs[run].errors[item];
    if (by.run !== null && by.run !== run) return false;
    if (by.any ? error <= 0 : by.error !== null && error !== by.error) return false;
    if (by.tier !== null && of.tier[item] !== by.tier) return false;
    if (by.language !== null && data.items.language[of.items[item]] !== by.language) return false;
    if (by.label !== null && !list(of.truth[item] ?? []).includes(by.label)) return false;
    if (by.answer !== null) {
      const given = list(of.runs[run].answers[item] ?? []);
      const isNone = given.length === 0 && by.answer === of.labels.length;
      if (!isNone && !given.includes(by.answer)) return false;
    }
    return by.text === "" || searched[of.items[item]].includes(by.text);
  };

  const apply = () => {
    const by = filters(table);
    const size = table.items.length;
    found = table.order.filter((code) => passes(table, by, Math.floor(code / size), code % size));
    first = 0;
    draw();
    filterTimelines();
  };
  // Timelines stay where some answer about their monologue passes the filters.
  const filterTimelines = () => {
    const boxes = [...document.querySelectorAll("#timelines [data-item-key]")];
    const streams = data.tables.filter((each) => each.kind === "streams");
    const of = streams.find((each) => each.layer === table.layer) ?? streams[0];
    let visible = boxes.length;
    if (boxes.length && of) {
      const by = filters(of);
      const size = of.items.length;
      const kept = new Set(
        of.order
          .filter((code) => passes(of, by, Math.floor(code / size), code % size))
          .map((code) => data.items.keys[of.items[code % size]]),
      );
      const all = Object.values(by).every((value) => value === null || value === false || value === "");
      for (const box of boxes) box.hidden = !all && !kept.has(box.dataset.itemKey);
      visible = boxes.filter((box) => !box.hidden).length;
    }
    const count = (number) => number.toLocaleString("en");
    const timelines = boxes.length ? `; ${count(visible)} of ${count(boxes.length)} timelines` : "";
    element("status").textContent = `${count(found.length)} of ${count(table.order.length)} answers${timelines}`;
  };

  const swatched = (index, of) => {
    if (index >= of.labels.length) return node("span", { class: "lost", text: "none" });
    const swatch = node("span", { class: "swatch" });
    swatch.style.background = of.colours[index];
    return node("span", { class: "swatched" }, swatch, node("bdi", { text: of.labels[index] }));
  };
  const labelList = (indices, of) => {
    const given = list(indices);
    if (given.length === 0) return node("span", { class: "faint", text: "none" });
    return node("ul", { class: "label-list" }, ...given.map((index) => node("li", {}, swatched(index, of))));
  };
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);
  const itemCell = (index) => {
    const key = data.items.keys[index];
    const text = data.items.texts[index];
    const language = data.items.languages[data.items.language[index]];
    const cell = node("div", {}, node("bdi", { class: "clamp exact", text: key, title: key }));
    if (text) cell.append(node("span", { class: "clamp", lang: language, title: text }, node("bdi", { text })));
    return cell;
  };
  const pageCell = (run, item) => {
    const cell = node("div");
    const key = data.items.keys[table.items[item]];
    const href = table.runs[run].pages[item];
    if (href !== undefined) cell.append(node("a", { href, text: "page" }), " ");
    else {
      const [start, end] = table.kind === "clips" ? ["0", table.ends[item]] : table.runs[run].windows[item];
      const [before, after] = table.show;
      const code = node("code", { text: `${before}${quoted(`${key}@${start}-${end}`)}${after}` });
      if (before) cell.append(node("details", { "data-paper": "closed" }, node("summary", { text: "command" }), code));
    }
    const box = table.kind === "streams" && document.querySelector(`#timelines [data-item-key="${CSS.escape(key)}"]`);
    if (box) {
      const button = node("button", { type: "button", text: "timeline" });
      button.addEventListener("click", () => {
        const details = box.closest("details") ?? box.querySelector("details");
        if (details) details.open = true;
        box.scrollIntoView({ block: "start" });
        const focus = box.querySelector("summary, [tabindex], button");
        focus?.focus({ preventScroll: true });
      });
      cell.append(button);
    }
    return cell;
  };
  const errorCell = (run, item) => {
    const name = data.errors[table.runs[run].errors[item]];
    const cell = node("div", {}, node("span", { class: `error-${name}`, text: `${MARKS[name]} ${name}` }));
    const reason = table.runs[run].reasons?.[item];
    if (reason) cell.append(node("span", { class: "clamp reason", title: reason }, node("bdi", { text: reason })));
    return cell;
  };
  const nothing = () => node("span", { class: "faint", text: "-" });

  const columns = () => {
    const of = (run, item, field, more = {}) => ({
      field,
      key: data.items.keys[table.items[item]],
      layer: table.layer,
      ...(run === null ? {} : { run: table.runs[run].run }),
      ...more,
    });
    const made = [["Item", "item", (run, item) => itemCell(table.items[item])]];
    if (data.items.languages.length > 1) {
      const language = (item) => data.items.languages[data.items.language[table.items[item]]];
      made.push(["Language", "", (run, item) => node("bdi", { text: language(item) })]);
    }
    if (table.tiers.length > 1 || table.tiers[0] !== "none") {
      made.push(["Tier", "", (run, item) => node("span", { text: table.tiers[table.tier[item]] })]);
    }
    if (table.runs.length > 1) {
      const named = (name) => node("bdi", { class: "clamp", text: marked(name), title: name });
      made.push(["Run", "run", (run) => named(table.runs[run].run)]);
    }
    if (table.takes === "number") {
      made.push(["Truth", "amount", (run, item) => number(table.values[item], of(null, item, "truth"))]);
      made.push([
        "Answer",
        "amount",
        (run, item) => {
          const value = table.runs[run].values[item];
          return value === null ? nothing() : number(value, of(run, item, "value"));
        },
      ]);
    } else {
      made.push(["Truth", "labels", (run, item) => labelList(table.truth[item], table)]);
    }
    if (table.kind === "streams") {
      const seconds = (name, field, clock) => (run, item) => {
        const value = table.runs[run][name]?.[item];
        return value === undefined ? nothing() : number(value, of(run, item, field, { clock }));
      };
      made.push(
        ["Wrong, s", "amount", seconds("wrong", "wrong_seconds", "content")],
        ["Wrong at decision, s", "amount", seconds("late", "wrong_seconds", "decision")],
        ["Labelled, s", "amount", (run, item) => number(table.seconds[item], of(null, item, "labelled_seconds"))],
        [
          "Longest error",
          "labels",
          (run, item) => {
            const part = table.runs[run].longest[item];
            if (!part) return nothing();
            const [start, end, truth, given] = part;
            return node(
              "div",
              {},
              number(start, of(run, item, "longest_start", { clock: "content" })),
              " to ",
              number(end, of(run, item, "longest_end", { clock: "content" })),
              " s: ",
              swatched(truth, table),
              " as ",
              swatched(given, table),
            );
          },
        ],
      );
    } else {
      if (table.takes !== "number") {
        made.push(["Answer", "labels", (run, item) => labelList(table.runs[run].answers[item], table)]);
      }
      const confidence = (run, item) => {
        const value = table.runs[run].confidence[item] ?? null;
        return value === null ? nothing() : number(value, of(run, item, "confidence"));
      };
      const has = table.runs.some((run) => run.confidence.some((value) => value !== null));
      if (has) made.push(["Confidence", "amount", confidence]);
    }
    made.push(["Error", "error", errorCell], ["Look", "look", pageCell]);
    return made;
  };

  const draw = () => {
    const made = columns();
    const size = table.items.length;
    const titles = ["#", ...made.map(([title]) => title)];
    const head = node("tr", {}, ...titles.map((text) => node("th", { scope: "col", text })));
    const lines = found.slice(first, first + PAGE).map((code, index) => {
      const [run, item] = [Math.floor(code / size), code % size];
      const ordinal = node("td", { class: "ordinal tick", "data-title": "#" }, node("span", { text: first + index + 1 }));
      const cells = made.map(([title, name, cell]) => node("td", { class: name, "data-title": title }, cell(run, item)));
      return node("tr", {}, ordinal, ...cells);
    });
    if (!lines.length) {
      const text = "No answer passes these filters.";
      lines.push(node("tr", {}, node("td", { colspan: titles.length }, node("span", { class: "faint", text }))));
    }
    rows.replaceChildren(node("thead", {}, head), node("tbody", {}, ...lines));
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    element("page").textContent = `page ${first / PAGE + 1} of ${pages}`;
    for (const button of document.querySelectorAll(".item-pager button")) {
      const atEnd = /first|previous/.test(button.dataset.step) ? first === 0 : first + PAGE >= found.length;
      button.setAttribute("aria-disabled", String(atEnd));
    }
  };
  const turn = (step) => {
    const last = Math.max(0, Math.ceil(found.length / PAGE) - 1) * PAGE;
    const next = { first: 0, previous: first - PAGE, next: first + PAGE, last }[step];
    if (next === first || next < 0 || next > last) return;
    first = next;
    draw();
  };

  const languages = [["", "all"], ...data.items.languages.map((name, index) => [String(index), name || "none"])];
  const errors = [["", "all"], ["any", "any error"], ...data.errors.map((name) => [name, name])];
  const reset = () => {
    for (const [name, select] of Object.entries(controls)) if (name !== "table") select.value = "";
    search.value = "";
    apply();
  };
  fill(controls.table, data.tables.map((each, index) => [String(index), titleOf(each)]), "0");
  fill(controls.language, languages, "");
  fill(controls.error, errors, "");
  setUp(0);
  controls.table.addEventListener("change", () => {
    setUp(Number(controls.table.value));
    apply();
  });
  for (const [name, select] of Object.entries(controls)) if (name !== "table") select.addEventListener("change", apply);
  search.addEventListener("input", apply);
  element("reset").addEventListener("click", reset);
  document.querySelector(".item-pager").addEventListener("click", (event) => {
    const step = event.target.closest("button")?.dataset.step;
    if (step) turn(step);
  });
  apply();
})();
