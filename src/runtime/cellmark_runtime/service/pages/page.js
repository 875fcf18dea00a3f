// The page for people: sends the form's row, and keeps the numbers fresh. Nothing is fetched from
// elsewhere, and all that comes from a reply is put in as text.
'use strict';

const REFRESH_MILLISECONDS = 10000;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const form = document.getElementById('row');
const answer = document.getElementById('answer');

function element(tag, text, ...inside) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.append(...inside);
  return made;
}

/** A field's value as JSON text: numbers keep all digits that were typed. */
function jsonOf(field) {
  if (field.tagName === 'SELECT') {
    return field.value;
  }
  const text = field.value.trim();
  const isNumber = field.dataset.kind === 'number' || field.dataset.kind === 'integer';
  if (text === '' && (isNumber || 'nullable' in field.dataset)) {
    return 'null';
  }
  return isNumber && NUMBER.test(text) ? text : JSON.stringify(isNumber ? text : field.value);
}

function rowOf(fields) {
  return `{${fields.map(field => `${JSON.stringify(field.name)}:${jsonOf(field)}`).join(',')}}`;
}

function clear(fields) {
  answer.replaceChildren();
  for (const field of fields) {
    field.removeAttribute('aria-invalid');
    document.getElementById(`${field.id}-fault`).textContent = '';
  }
}

function showFaults(errors, fields) {
  const rest = [];
  for (const fault of errors) {
    const text = `Received ${fault.received}, expected ${fault.expected}. ${fault.fix}`;
    const field = fields.find(each => each.name === fault.field);
    if (field === undefined) {
      rest.push(element('p', text));
      continue;
    }
    field.setAttribute('aria-invalid', 'true');
    document.getElementById(`${field.id}-fault`).textContent = text;
  }
  const said = element('p', 'No answer: the row does not fit. See the fields.');
  said.className = 'bad';
  answer.replaceChildren(said, ...rest);
  fields.find(field => field.getAttribute('aria-invalid'))?.focus();
}

function showProblem(text) {
  const said = element('p', text);
  said.className = 'bad';
  answer.replaceChildren(said);
}

function probabilitiesOf(prediction) {
  const named = prediction.probabilities;
  if (named === null || typeof named !== 'object' || Array.isArray(named)) {
    return [];
  }
  const list = document.createElement('dl');
  list.className = 'probabilities';
  for (const [name, probability] of Object.entries(named)) {
    const meter = document.createElement('meter');
    meter.value = probability;
    meter.setAttribute('aria-label', name);
    const figure = element('dd', '', meter, ` ${(100 * probability).toFixed(1)}%`);
    list.append(element('div', '', element('dt', name), figure));
  }
  return [list];
}

function textOf(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function showAnswer(reply, seconds) {
  const [prediction] = reply.predictions;
  const said = element('p', '', element('strong', textOf(prediction.prediction)));
  said.className = 'prediction';
  const parts = [said, ...probabilitiesOf(prediction)];
  if (Array.isArray(prediction.probabilities)) {
    parts.push(element('pre', textOf(prediction.probabilities)));
  }
  if ('score' in prediction) {
    parts.push(element('p', `Score: ${textOf(prediction.score)}`));
  }
  const by = `${reply.model}@${reply.version} (${reply.arm}, ${reply.digest.slice(0, 12)})`;
  const told = `${by} answered in ${(1000 * seconds).toFixed(0)} ms. Its id: ${prediction.id}`;
  const small = element('p', told);
  small.className = 'soft';
  answer.replaceChildren(...parts, small);
}

async function score(fields) {
  const began = performance.now();
  const reply = await fetch('predict', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: rowOf(fields)
  });
  const body = await reply.json();
  clear(fields);
  if (reply.ok) {
    showAnswer(body, (performance.now() - began) / 1000);
  } else if (body.errors) {
    showFaults(body.errors, fields);
  } else {
    showProblem(`${body.detail}. ${body.fix}`);
  }
}

form.addEventListener('submit', event => {
  event.preventDefault();
  const fields = [...form.querySelectorAll('[name]')];
  const button = form.querySelector('button');
  button.disabled = true;
  score(fields)
    .catch(error => showProblem(`The service can't be reached: ${error.message}`))
    .finally(() => {
      button.disabled = false;
    });
});

/** What changed since, section by section; who reads in one with the keyboard keeps it. */
async function refresh() {
  const reply = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!reply.ok) {
    throw new Error(`status ${reply.status}`);
  }
  const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
  document.getElementById('at').textContent = page.getElementById('at').textContent;
  for (const stale of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(stale.id);
    if (fresh === null || stale.contains(document.activeElement)) {
      continue;
    }
    for (const details of stale.querySelectorAll('details[open]')) {
      page.getElementById(details.id)?.setAttribute('open', '');
    }
    if (fresh.outerHTML !== stale.outerHTML) {
      stale.replaceWith(fresh);
    }
  }
}

setInterval(() => {
  if (!document.hidden) {
    const at = document.getElementById('at');
    refresh().catch(error => {
      at.textContent = `Not fresh: the service can't be reached (${error.message}).`;
    });
  }
}, REFRESH_MILLISECONDS);
