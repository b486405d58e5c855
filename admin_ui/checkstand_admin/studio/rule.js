// The fields of a comparison follow its variable: only what can be asked of it, and the values it can have.
function fit(comparison, chosen) {
  const [variable, operator, value] = comparison.querySelectorAll("select, input");
  const { kind = "", operators } = variable.selectedOptions[0].dataset;
  const known = operators ? new Set(operators.match(/not in|\S+/g)) : null;
  for (const option of operator.options) option.disabled = option.hidden = known !== null && !known.has(option.value);
  if (operator.selectedOptions[0]?.disabled) operator.value = [...operator.options].find((each) => !each.disabled).value;
  value.setAttribute("list", `values-${variable.value || "all"}`);
  value.inputMode = kind === "amount" ? "decimal" : kind === "int" ? "numeric" : "text";
  if (chosen) value.value = kind === "bool" ? value.list.options[0].value : "";
}
for (const comparison of document.querySelectorAll("[data-comparison]")) {
  comparison.querySelector("select").addEventListener("change", () => fit(comparison, true));
  fit(comparison, false);
}
