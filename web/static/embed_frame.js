// Inside a frame that <skord-stories> made: tells the page around it how high the content is. Nothing else.
const box = document.querySelector(".embed");
let told = 0;
new ResizeObserver(() => {
  const height = Math.ceil(box.getBoundingClientRect().height);
  if (height !== told) parent.postMessage({ skord: "height", height: (told = height) }, "*");
}).observe(box);
