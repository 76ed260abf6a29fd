const output = document.querySelector("#counter output");

document.querySelector("#counter").addEventListener("click", () => {
  output.value = String(Number(output.value) + 1);
});
