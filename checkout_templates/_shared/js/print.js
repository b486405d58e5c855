// A print button for those whose browser can run it; everybody else has the browser's own.
for (const button of document.querySelectorAll('[data-behavior~="print"]')) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
