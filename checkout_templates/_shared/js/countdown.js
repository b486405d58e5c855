// What is left of a deadline, every second. Without it the page says the clock time, which stays true.
for (const place of document.querySelectorAll('[data-behavior~="countdown"]')) {
  const end = performance.now() + Number(place.dataset.left) * 1000; // this device's clock may be wrong
  const clock = document.createElement("bdi");
  clock.className = "number";
  clock.setAttribute("aria-hidden", "true"); // the sentence beside it is read out once, a ticking number is not
  const tick = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left > 0) return;
    clearInterval(timer);
    location.replace(location.pathname);
  };
  if (Number(place.dataset.left) <= 0 || Number(place.dataset.left) >= 3600) continue;
  place.append(clock);
  const timer = setInterval(tick, 1000);
  tick();
}
