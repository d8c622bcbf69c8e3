(() => {
  const audio = document.querySelector("audio");
  const axes = [...document.querySelectorAll("svg.axis")];
  if (!audio || !axes.length) return;
  const [{ start }] = axes.map((axis) => axis.dataset);
  const show = () => {
    const time = Number(start) + audio.currentTime;
    for (const axis of axes) {
      const { left, width, seconds, start: first } = axis.dataset;
      const share = (time - Number(first)) / Number(seconds);
      const last = axis === axes[0] || axis === axes[axes.length - 1];
      const x = Number(left) + Math.min(share, 1) * Number(width);
      const head = axis.querySelector(".playhead");
      head.setAttribute("x1", x);
      head.setAttribute("x2", x);
      const inside = share >= 0 && (share < 1 || last);
      head.setAttribute("visibility", audio.currentTime > 0 && inside ? "visible" : "hidden");
    }
    if (!audio.paused && !audio.ended) requestAnimationFrame(show);
  };
  for (const event of ["play", "seeked", "ended", "pause"]) audio.addEventListener(event, show);
})();
