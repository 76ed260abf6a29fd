// Sets the theme before the first paint; a file of its own because the policy forbids inline scripts.
try {
  const theme = localStorage.getItem("stead.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}
