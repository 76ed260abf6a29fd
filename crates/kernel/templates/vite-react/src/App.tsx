import { useState } from "react";

export function App() {
  const [count, setCount] = useState(0);
  return (
    <main>
      <p className="eyebrow">Vite + React</p>
      <h1>It works.</h1>
      <p>
        Edit <code>src/App.tsx</code>. The page changes as you save, and the count below stays.
      </p>
      <button type="button" onClick={() => setCount(count + 1)}>
        Clicked {count} times
      </button>
    </main>
  );
}
