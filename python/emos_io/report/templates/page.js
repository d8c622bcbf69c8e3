(() => {
  const audio = document.querySelector("audio");
  const axis = document.getElementById("axis");
  const head = document.getElementById("playhead");
  if (!audio || !axis || !head) return;
  const { left, width, seconds } = axis.dataset;
  const show = () => {
    const x = Number(left) + Math.min(audio.currentTime / Number(seconds), 1) * Number(width);
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    head.setAttribute("visibility", audio.currentTime > 0 ? "visible" : "hidden");
    if (!audio.paused && !audio.ended) requestAnimationFrame(show);
  };
  for (const event of ["play", "seeked", "ended", "pause"]) audio.addEventListener(event, show);
})();
