(() => {
  const source = document.getElementById("timeline-palettes");
  if (!source) return;
  const palettes = JSON.parse(source.textContent);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const TICK = 64; // pixels from one tick to the next, at least
  const CLOSEST = 60; // pixels of a second at the largest zoom
  const LINE = 18; // pixels of a label
  const NEAR = 0.005; // seconds that are no distance

  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const drawing = (width, height, paths) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    for (const [name, d] of paths) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", name);
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  };
  const brief = (time) => String(Math.round(time * 100) / 100);
  const clock = (time, step = 1) => {
    const minutes = Math.floor(time / 60 + 1e-9);
    const rest = Math.max(time - 60 * minutes, 0);
    const digits = step < 1 ? 1 : 0;
    return `${minutes}:${rest.toFixed(digits).padStart(digits ? 4 : 2, "0")}`;
  };
  const names = (layer, labels) => labels.map((index) => palettes[layer][index][0]);
  const words = (layer, [, , labels, , , why]) => names(layer, labels).join(" + ") || why || "no label";

  // Neighbours of one label become one, where edges of rows mean nothing.
  const joined = (segments) => {
    const found = [];
    for (const segment of segments) {
      const last = found[found.length - 1];
      const same = last && last[1] === segment[0] && String(last[2]) === String(segment[2]) && last[5] === segment[5];
      if (same) {
        last[1] = segment[1];
        last.count += 1;
      } else {
        found.push(Object.assign([...segment], { count: 1 }));
      }
    }
    return found;
  };
  // The first free row for each of some segments in order of their starts.
  const rowsOf = (segments) => {
    const ends = [];
    return segments.map(([start, end]) => {
      let row = ends.findIndex((last) => last <= start);
      if (row < 0) row = ends.length;
      ends[row] = end;
      return row;
    });
  };
  // The last segment that has begun, if it has not ended.
  const at = (segments, time) => {
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle][0] <= time) low = middle + 1;
      else high = middle;
    }
    const found = segments[low - 1];
    return found && time < found[1] ? found : undefined;
  };

  const titleOf = (lane) => {
    if (lane.who === "people") return `${lane.layer}, people`;
    if (lane.who === "rater") return `${lane.layer}, rater ${lane.name || "without a name"}`;
    return `${lane.layer}, ${lane.name}, ${lane.clock} clock`;
  };

  class Timeline {
    constructor(details) {
      this.details = details;
      this.data = JSON.parse(details.querySelector(".timeline-data").textContent);
      this.media = details.querySelector(".timeline-media");
      this.scroll = details.querySelector(".timeline-scroll");
      this.readout = details.querySelector(".timeline-readout");
      this.buttons = Object.fromEntries(
        [...details.querySelectorAll(".timeline-controls button")].map((each) => [each.dataset.do, each]));
      this.time = 0;
      this.offset = 0;
      this.zoom = 1;
      this.truth = new Map(this.data.lanes.filter((lane) => lane.who === "people" && lane.segments)
        .map((lane) => [lane.layer, lane.segments]));
      this.stops = [...new Set(this.data.points.flatMap((each) => each.true.map(([time]) => time)))].sort((a, b) => a - b);
      this.draw();
      this.listen();
      new ResizeObserver(() => this.fit()).observe(this.scroll);
      this.fit();
      this.show();
    }

    left(time) { return `${100 * time / this.data.duration}%`; }

    put(element, start, end) {
      const first = Math.max(start, 0);
      element.style.left = this.left(first);
      element.style.width = this.left(Math.max(Math.min(end, this.data.duration) - first, 0));
      return element;
    }

    draw() {
      this.axis = make("div", "timeline-axis");
      const summary = this.details.querySelector("summary bdi").textContent;
      const attributes = { role: "slider", tabindex: "0", "aria-label": `Time in ${summary}`, "aria-valuemin": 0,
        "aria-valuemax": this.data.duration, "aria-orientation": "horizontal" };
      for (const [name, value] of Object.entries(attributes)) this.axis.setAttribute(name, value);
      this.ruler = make("div", "timeline-ruler");
      this.axis.append(this.ruler);
      if (this.data.strip) this.drawStrip();
      if (this.data.envelope) this.drawEnvelope();
      if (this.data.sentences.length) this.drawSentences();
      for (const lane of this.data.lanes) {
        this.drawLane(lane);
        const own = (each) => each.layer === lane.layer && each.run === lane.name && each.clock === lane.clock;
        if (lane.who === "run") this.data.points.filter(own).forEach((points) => this.drawPoints(points));
      }
      this.head = make("div", "timeline-head");
      this.axis.append(this.head);
      this.scroll.replaceChildren(this.axis);
    }

    lane(title, height, hint = title) {
      const lane = make("div", "timeline-lane");
      const name = make("bdi", "lane-name", title);
      name.title = hint;
      const track = make("div", "lane-track");
      track.style.height = `${height}px`;
      lane.append(name, track);
      this.axis.append(lane);
      return track;
    }

    drawStrip() {
      this.frames = this.lane("frames", this.data.strip.height);
      this.frames.style.setProperty("--strip", `url("${this.data.strip.uri}")`);
    }

    // As many thumbnails as have room, each at its own time.
    fillStrip(width) {
      const { valid, damaged, width: each } = this.data.strip;
      const number = valid.length;
      const step = Math.ceil(number * each / width);
      if (step === this.step) return;
      this.step = step;
      const first = Math.min(Math.floor(step / 2), number - 1);
      const cells = Array.from({ length: Math.ceil((number - first) / step) }, (_, cellNumber) => {
        const index = first + cellNumber * step;
        const cell = make("div", valid[index] ? "thumbnail" : "thumbnail gap");
        const time = (index + 0.5) * this.data.duration / number;
        cell.title = `frame at ${brief(time)} s${valid[index] ? "" : ", missing"}${damaged[index] ? ", damaged" : ""}`;
        if (damaged[index]) cell.classList.add("damaged");
        cell.style.width = `${each}px`;
        cell.style.left = `clamp(0px, ${this.left(time)} - ${each / 2}px, 100% - ${each}px)`;
        if (valid[index]) {
          cell.style.backgroundImage = "var(--strip)";
          cell.style.backgroundPosition = `${-index * each}px 0`;
        }
        return cell;
      });
      this.frames.replaceChildren(...cells);
    }

    drawEnvelope() {
      const pairs = this.data.envelope;
      const track = this.lane("audio, the loudest fills the row", 48);
      let path = "";
      pairs.forEach((pair, index) => {
        // A line of silence stays visible.
        if (pair) path += `M${index},${126.5 - pair[1]}h1V${127.5 - pair[0]}h-1z`;
      });
      track.append(drawing(pairs.length, 254, [["waveform", path]]));
      for (let first = 0; first < pairs.length; first += 1) {
        if (pairs[first]) continue;
        let end = first;
        while (end < pairs.length && !pairs[end]) end += 1;
        const step = this.data.duration / pairs.length;
        const gap = this.put(make("div", "gap"), first * step, end * step);
        gap.title = `no audio from ${brief(first * step)} to ${brief(end * step)} s`;
        track.append(gap);
        first = end;
      }
    }

    drawSentences() {
      const rows = rowsOf(this.data.sentences);
      const track = this.lane("sentences", LINE * (Math.max(...rows) + 1));
      this.data.sentences.forEach(([start, end, text], index) => {
        const box = this.put(make("div", "segment spoken", text), start, end);
        this.stack(box, rows[index]);
        box.title = `${text}\n${brief(start)} to ${brief(end)} s`;
        box.lang = this.data.language;
        box.dir = "auto";
        track.append(box);
      });
    }

    stack(box, row, height = LINE) {
      box.style.top = `${row * height}px`;
      box.style.bottom = "auto";
      box.style.height = `${height}px`;
    }

    drawLane(lane) {
      if (lane.levels) this.drawLevels(lane);
      else this.drawSegments(lane);
    }

    drawSegments(lane) {
      const segments = lane.joined ? joined(lane.segments) : lane.segments;
      const rows = lane.who === "rater" ? rowsOf(segments) : segments.map(() => 0);
      const most = Math.max(1, ...segments.map(([, , labels]) => labels.length));
      const height = lane.who === "rater" ? LINE * (Math.max(0, ...rows) + 1) : LINE * most;
      const track = this.lane(titleOf(lane), height);
      segments.forEach((segment, index) => {
        const [start, end, labels, , , why] = segment;
        const listed = lane.who === "rater" || !labels.length ? [null] : labels;
        listed.forEach((label, row) => {
          const [name, colour, ink] = palettes[lane.layer][label ?? labels[0]] ?? [];
          const text = label === null ? words(lane.layer, segment) : name;
          const box = this.put(make("div", "segment", text), start, end);
          if (lane.who === "rater") this.stack(box, rows[index]);
          else this.stack(box, row, height / listed.length);
          if (labels.length) {
            box.style.background = colour;
            box.style.color = ink;
          } else {
            box.classList.add("nothing");
          }
          if (lane.who === "run" && this.isWrong(lane, segment)) box.classList.add("wrong");
          const rest = [segment.count > 1 ? `${segment.count} rows` : "", labels.length ? why : ""].filter(Boolean);
          box.title = [words(lane.layer, segment), `${brief(start)} to ${brief(end)} s`, ...rest].join(", ");
          track.append(box);
        });
      });
    }

    // Whether no moment of a segment has its label in the truth, and some moment has another.
    isWrong(lane, [start, end, labels]) {
      const met = (this.truth.get(lane.layer) ?? []).filter(([first, last]) => first < end && last > start);
      return met.length > 0 && !met.some(([, , truth]) => labels.some((label) => truth.includes(label)));
    }

    drawLevels(lane) {
      const values = lane.levels.map(([, , value]) => value);
      // People and runs of one layer have one scale.
      const all = this.data.lanes.filter((each) => each.layer === lane.layer && each.levels)
        .flatMap((each) => each.levels.map(([, , value]) => value));
      const low = Math.min(...all);
      const high = Math.max(...all);
      const track = this.lane(`${titleOf(lane)}, from ${brief(low)} (bottom) to ${brief(high)}`, 40);
      const y = (value) => high > low ? 36 - 32 * (value - low) / (high - low) : 20;
      const path = lane.levels.map(([start, end], index) => `M${start},${y(values[index])}H${end}`).join("");
      track.append(drawing(this.data.duration, 40, [[lane.who === "run" ? "levels run" : "levels", path]]));
    }

    drawPoints(points) {
      const { layer, run, tolerance } = points;
      const track = this.lane(`turning points of ${layer}, ${run}, ${points.clock} clock, pairs within ${tolerance} s`, 33);
      const byTrue = new Map(points.pairs);
      const byPredicted = new Map(points.pairs.map(([first, second]) => [second, first]));
      const add = (name, time, title) => {
        const mark = make("div", `mark ${name}`);
        mark.style.left = `clamp(6px, ${this.left(time)}, 100% - 6px)`;
        mark.title = title;
        track.append(mark);
      };
      for (const [first, second] of points.pairs) {
        const [one, other] = [points.true[first][0], points.predicted[second][0]];
        track.append(this.put(make("div", "mark link"), Math.min(one, other), Math.max(one, other)));
      }
      points.true.forEach(([time, label], index) => {
        const pair = byTrue.get(index);
        const what = `true change to ${label ?? "no label"} at ${brief(time)} s`;
        if (pair === undefined) add("true lost", time, `${what}, missed`);
        else add("true found", time, `${what}, found ${this.delay(points, index, pair)}`);
      });
      points.predicted.forEach(([time, label], index) => {
        const pair = byPredicted.get(index);
        const what = `predicted change to ${label ?? "no label"} at ${brief(time)} s`;
        if (pair === undefined) add("predicted lost", time, `${what}, without a pair`);
        else add("predicted found", time, `${what}, ${this.delay(points, pair, index)}`);
      });
    }

    delay(points, first, second) {
      const seconds = points.predicted[second][0] - points.true[first][0];
      if (Math.abs(seconds) < NEAR) return "at the same time";
      return `${brief(Math.abs(seconds))} s ${seconds > 0 ? "late" : "early"}`;
    }

    listen() {
      const moved = (event) => {
        const box = this.axis.getBoundingClientRect();
        this.seek((event.clientX - box.left) / box.width * this.data.duration);
      };
      this.axis.addEventListener("pointerdown", (event) => {
        if (event.button === 0 && event.pointerType === "mouse") this.axis.setPointerCapture(event.pointerId);
      });
      this.axis.addEventListener("pointermove", (event) => {
        if (this.axis.hasPointerCapture(event.pointerId)) moved(event);
      });
      this.axis.addEventListener("click", moved);
      this.axis.addEventListener("keydown", (event) => this.key(event));
      const actions = { play: () => this.play(), before: () => this.jump(-1), after: () => this.jump(1),
        out: () => this.magnify(this.zoom / 2), in: () => this.magnify(this.zoom * 2), fit: () => this.magnify(1) };
      for (const [name, button] of Object.entries(this.buttons)) button.addEventListener("click", actions[name]);
      if (!this.media) return;
      this.media.preload = "metadata";
      for (const name of ["timeupdate", "seeking", "seeked", "pause", "ended"]) {
        this.media.addEventListener(name, () => this.follow());
      }
      this.media.addEventListener("play", () => this.follow());
      this.media.addEventListener("loadedmetadata", () => {
        // Media that begin late: a browser that keeps the times of the file is not at 0 here.
        this.offset = this.media.currentTime > 0 ? Math.max(this.data.start, 0) : 0;
        if (this.wanted !== undefined) this.media.currentTime = this.wanted + this.offset;
        else this.follow();
      });
      this.media.addEventListener("error", () => {
        this.details.querySelector(".timeline-unplayable").hidden = false;
      });
    }

    key(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const step = event.shiftKey ? 0.1 : 1;
      const moves = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageUp: 10, PageDown: -10 };
      if (event.key in moves) this.seek(this.time + moves[event.key]);
      else if (event.key === "Home") this.seek(0);
      else if (event.key === "End") this.seek(this.data.duration);
      else if (event.key === "Enter" || event.key === " ") this.play();
      else return;
      event.preventDefault();
    }

    seek(time) {
      this.time = Math.min(Math.max(time, 0), this.data.duration);
      if (this.media) {
        this.wanted = this.time;
        if (this.media.readyState > 0) this.media.currentTime = this.time + this.offset;
      }
      this.show();
      this.reveal();
    }

    play() {
      if (!this.media) return;
      if (this.media.paused) this.media.play().catch(() => this.follow());
      else this.media.pause();
    }

    jump(step) {
      const found = step > 0 ? this.stops.find((time) => time > this.time + NEAR)
        : this.stops.findLast((time) => time < this.time - NEAR);
      if (found !== undefined) this.seek(found);
    }

    follow() {
      if (this.buttons.play) this.buttons.play.textContent = this.media.paused ? "Play" : "Pause";
      if (this.media.readyState > 0) {
        if (!this.media.seeking) this.wanted = undefined;
        const played = Math.max(this.media.currentTime - this.offset, 0);
        this.time = Math.min(this.wanted ?? played, this.data.duration);
        this.show();
        if (!this.media.paused) this.reveal();
      }
      if (this.media.paused || this.media.ended || calm.matches || this.isWaiting) return;
      this.isWaiting = true;
      requestAnimationFrame(() => {
        this.isWaiting = false;
        this.follow();
      });
    }

    // The head stays in view where the timeline is larger than its box.
    reveal() {
      const view = this.scroll.clientWidth;
      const x = this.time / this.data.duration * this.axis.clientWidth;
      if (x < this.scroll.scrollLeft || x > this.scroll.scrollLeft + view) this.scroll.scrollLeft = x - view / 2;
    }

    magnify(zoom) {
      const view = this.scroll.clientWidth;
      const most = Math.max(1, 2 ** Math.ceil(Math.log2(CLOSEST * this.data.duration / Math.max(view, 1))));
      this.zoom = Math.min(Math.max(zoom, 1), most);
      this.axis.style.width = `${100 * this.zoom}%`;
      this.scroll.scrollLeft = this.time / this.data.duration * this.axis.clientWidth - view / 2;
      // A box that scrolls can have the focus, and says what it is.
      const is = { tabindex: "0", role: "region", "aria-label": `${this.axis.getAttribute("aria-label")}, enlarged` };
      for (const [name, value] of Object.entries(is)) {
        if (this.zoom > 1) this.scroll.setAttribute(name, value);
        else this.scroll.removeAttribute(name);
      }
      this.details.querySelector(".timeline-hint").hidden = this.zoom === 1;
      this.enable("in", this.zoom < most);
      this.fit();
    }

    // What depends on the width in pixels: ticks and thumbnails.
    fit() {
      const width = this.axis.clientWidth;
      if (!width || width === this.width) return;
      this.width = width;
      this.enable("out", this.zoom > 1);
      this.enable("fit", this.zoom > 1);
      const { duration } = this.data;
      const step = STEPS.find((each) => each / duration * width >= TICK) ?? duration;
      const ticks = [];
      for (let index = 0; index * step < duration; index += 1) {
        const tick = make("span", "tick", clock(index * step, step));
        tick.style.left = this.left(index * step);
        if ((duration - index * step) / duration * width >= 36 || !index) ticks.push(tick);
      }
      this.ruler.replaceChildren(...ticks);
      if (this.frames) this.fillStrip(width);
    }

    show() {
      const { time, data } = this;
      this.head.style.left = this.left(time);
      const rows = [["time", [`${brief(time)} s`]]];
      const spoken = data.sentences.filter(([start, end]) => start <= time && time < end).map(([, , text]) => text);
      if (spoken.length) rows.push(["sentence", [spoken.join(" ")]]);
      const heard = [];
      for (const lane of data.lanes) {
        const found = at(lane.segments ?? lane.levels, time);
        const text = !found ? "nothing" : lane.levels ? brief(found[2]) : words(lane.layer, found);
        if (lane.who === "people" && found) heard.push(`${lane.layer}: ${text}`);
        const parts = [text];
        if (found && lane.metric && typeof found[4] === "number") {
          const number = make("span", "number", found[4].toFixed(3));
          number.dataset.metric = lane.metric.replace("line=LINE", `line=${found[3]}`);
          parts.push(", confidence ", number);
        }
        rows.push([titleOf(lane), parts]);
      }
      this.readout.replaceChildren(...rows.map(([name, parts]) => {
        const row = make("div");
        const term = make("dt", "", name);
        term.title = name;
        const value = make("dd");
        const text = make("bdi");
        text.append(...parts);
        value.append(text);
        row.append(term, value);
        return row;
      }));
      this.axis.setAttribute("aria-valuenow", Math.round(time * 1000) / 1000);
      this.axis.setAttribute("aria-valuetext", [`${brief(time)} s`, ...heard].join(", "));
      this.enable("before", this.stops.some((each) => each < time - NEAR));
      this.enable("after", this.stops.some((each) => each > time + NEAR));
    }

    // A button that does nothing keeps the focus.
    enable(name, can) { this.buttons[name].setAttribute("aria-disabled", String(!can)); }
  }

  const drawn = new Map();
  const open = (details) => {
    if (!drawn.has(details)) drawn.set(details, new Timeline(details));
  };
  const all = [...document.querySelectorAll("details.timeline")];
  for (const details of all) {
    details.addEventListener("toggle", () => details.open && open(details));
    if (details.open) open(details);
  }
  const follow = () => {
    const details = all.find((each) => `#${each.id}` === location.hash);
    if (!details) return;
    details.open = true;
    open(details);
    details.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
  addEventListener("beforeprint", () => all.forEach(open));
})();
