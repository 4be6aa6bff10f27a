// Lets a week of the growth rings be chosen: by pointing at its ring, by a tap, or with the slider below.
// Everything that it tells stands in the table, and its links too; without this script they are read there.

const figure = document.getElementById("ring-figure");
const told = document.getElementById("rings-table");
if (figure && told) read(figure, told);

function read(figure, table) {
  const svg = figure.querySelector("svg");
  const size = svg.viewBox.baseVal.width;
  const slider = document.getElementById("ring-week");
  const says = document.getElementById("ring-says");
  const link = document.getElementById("ring-link");
  const rounds = figure.dataset.rings.split(";").map((each) => {
    const [year, low, high, weeks] = each.split(",").map(Number);
    return { year, low, high, weeks };
  });
  const weeks = rounds.flatMap((round) => Array.from({ length: round.weeks }, (_, at) => ({ round, week: at + 1 })));
  const rows = new Map([...table.querySelectorAll("tr[data-week]")].map((row) => [row.dataset.week, row]));
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const dates = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
  const today = new Date(figure.dataset.today);

  const mark = document.createElementNS(svg.namespaceURI, "path");
  mark.setAttribute("class", "here");
  svg.append(mark);

  const keyOf = ({ round, week }) => `${round.year}-W${String(week).padStart(2, "0")}`;

  // The Monday of an ISO week: the fourth of January lies in the first.
  function monday({ round, week }) {
    const fourth = new Date(Date.UTC(round.year, 0, 4));
    return new Date(fourth.getTime() + ((week - 1) * 7 - ((fourth.getUTCDay() + 6) % 7)) * 86400000);
  }

  // As web/rings.py lays them: a slot at the top for the years, then the weeks clockwise.
  function turns({ round, week }) {
    const slot = Math.asin(Math.min(1, 21 / round.low));
    const step = (2 * Math.PI - 2 * slot) / round.weeks;
    return [slot + step * (week - 1), slot + step * week];
  }

  function sector(chosen) {
    const [from, to] = turns(chosen);
    const at = (radius, turn) => `${(size / 2 + radius * Math.sin(turn)).toFixed(1)} ${(size / 2 - radius * Math.cos(turn)).toFixed(1)}`;
    const { low, high } = chosen.round;
    const [a, b] = [low - 2, high + 3];
    return `M${at(a, from)}L${at(b, from)}A${b} ${b} 0 0 1 ${at(b, to)}L${at(a, to)}A${a} ${a} 0 0 0 ${at(a, from)}Z`;
  }

  // The page says how one and how two are told; any other number takes the place of the two.
  function counted(number) {
    return number === "1" ? figure.dataset.one : figure.dataset.many.replace("2", number);
  }

  function words(chosen) {
    const row = rows.get(keyOf(chosen));
    const cells = row ? [...row.cells].map((cell) => cell.textContent.trim()) : [];
    if (row && row.querySelector("a")) return [`${counted(cells[2])}: ${cells[3]}`, row.querySelector("a").href];
    if (row) return [figure.dataset.open, ""];
    return [monday(chosen) > today ? figure.dataset.ahead : figure.dataset.still, ""];
  }

  function choose(number) {
    const chosen = weeks[number];
    const [what, href] = words(chosen);
    const name = figure.dataset.week.replace("{week}", chosen.week).replace("{year}", chosen.round.year);
    const head = document.createElement("strong");
    head.textContent = `${name}, ${dates.format(monday(chosen))}`;
    says.replaceChildren(head, what);
    slider.value = number;
    slider.setAttribute("aria-valuetext", `${head.textContent}. ${what}`);
    link.hidden = !href;
    if (href) link.href = href;
    mark.setAttribute("d", sector(chosen));
  }

  // Which week lies under a point, null outside of the rings.
  function under(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const [x, y] = [place.x - size / 2, size / 2 - place.y];
    const radius = Math.hypot(x, y);
    const last = rounds[rounds.length - 1];
    if (radius < rounds[0].low - 6 || radius > last.high + 24) return null;
    // Paper between two rings belongs to the inner one.
    const round = rounds.findLast((each) => radius >= each.low - 4) ?? rounds[0];
    const slot = Math.asin(Math.min(1, 21 / round.low));
    const turn = (Math.atan2(x, y) + 2 * Math.PI) % (2 * Math.PI);
    const week = Math.floor((turn - slot) / ((2 * Math.PI - 2 * slot) / round.weeks)) + 1;
    if (week < 1 || week > round.weeks) return null;
    return weeks.findIndex((each) => each.round === round && each.week === week);
  }

  slider.max = weeks.length - 1;
  slider.addEventListener("input", () => choose(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !link.hidden) link.click();
  });
  svg.addEventListener("pointermove", (event) => {
    const found = event.pointerType === "mouse" ? under(event) : null;
    if (found !== null) choose(found);
  });
  // A mouse has seen already where it leads; a finger chooses first, and reads on by the link.
  svg.addEventListener("pointerup", (event) => {
    const found = under(event);
    if (found === null) return;
    choose(found);
    if (event.pointerType === "mouse" && event.button === 0 && !link.hidden) link.click();
  });

  document.getElementById("ring-reader").hidden = false;
  const newest = weeks.findLastIndex((each) => rows.has(keyOf(each)));
  choose(Math.max(0, newest));
}
