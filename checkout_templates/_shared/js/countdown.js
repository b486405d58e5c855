// What is left of a deadline, every second. Without it the page says the clock time, which stays true.
for (const place of document.querySelectorAll('[data-behavior~="countdown"]')) {
  const text = place.querySelector("span");
  const until = Date.parse(place.dataset.until);
  const clock = document.createElement("bdi");
  clock.className = "number";
  clock.setAttribute("aria-hidden", "true");
  place.append(clock);
  const tick = () => {
    const left = Math.max(0, Math.floor((until - Date.now()) / 1000));
    if (left < 3600) clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) { clearInterval(timer); if (text) location.replace(location.pathname); }
  };
  const far = until - Date.now() > 86400000 || until < Date.now();
  const timer = far ? 0 : setInterval(tick, 1000);
  if (!far) tick();
}
