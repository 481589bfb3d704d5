// Blocks of compressed JSON: in the page itself, or from the server that it came from.

const BLOCKS = new Map();

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

async function readBlock(name) {
  const node = $("block-" + name);
  if (node) return inflate(bytesOf(node.textContent));
  const reply = await fetch("block/" + name, { signal: AbortSignal.timeout(60000) });
  if (!reply.ok) throw new Error(`the server has no ${name} (${reply.status})`);
  return inflate(await reply.arrayBuffer());
}

/** A block, read once; the last few hundred are kept. */
function load(name, stamp = "") {
  const key = name + " " + stamp;
  if (!BLOCKS.has(key)) {
    const found = readBlock(name);
    found.catch(() => BLOCKS.delete(key));
    BLOCKS.set(key, found);
    if (BLOCKS.size > 400) BLOCKS.delete(BLOCKS.keys().next().value);
  }
  return BLOCKS.get(key);
}

const NUMBERS = ["score", "reward", "advantage", "tokens", "turns", "difficulty", "version", "step"];
const COLUMNS = ["key", "outcome", "score", "reward", "advantage", "tokens", "turns", "end", "version", "difficulty"];

/** All rollouts: one array for each column, and their texts as they arrive. */
class Store {
  constructor(manifest) {
    this.manifest = manifest;
    this.length = 0;
    this.columns = Object.fromEntries([...COLUMNS, "step", "env", "task", "name", "origin", "group"].map((c) => [c, []]));
    this.places = []; // [volume, row in it]
    this.texts = [];
    this.haystack = [];
    this.members = new Map(); // group -> rows
    this.odd = []; // neighbours of one group look alike in the table
    this.ordinals = new Map();
    this.textsRead = 0;
  }

  static async of(manifest) {
    const store = new Store(manifest);
    const indexes = await Promise.all(manifest.volumes.map((volume) => load("index/" + volume.name, volume.stamp)));
    manifest.volumes.forEach((volume, i) => store.add(volume, indexes[i]));
    return store;
  }

  add(volume, index) {
    const columns = this.columns;
    for (let row = 0; row < index.key.length; row++) {
      const source = index.sources[index.source[row]];
      const at = this.length++;
      for (const name of COLUMNS) columns[name].push(index[name][row]);
      columns.step.push(source.step);
      columns.name.push(source.name);
      columns.origin.push(source.origin);
      columns.env.push(index.envs[index.task[row]]);
      columns.task.push(index.tasks[index.task[row]]);
      const group = volume.name + "/" + index.group[row];
      columns.group.push(group);
      if (!this.members.has(group)) { this.members.set(group, []); this.ordinals.set(group, this.ordinals.size); }
      this.odd.push(this.ordinals.get(group) % 2 === 1);
      this.members.get(group).push(at);
      this.places.push([volume, row]);
    }
  }

  /** What names a rollout in the address of the page. */
  id(row) {
    const { name, step, key } = this.columns;
    const place = step[row] === null ? "" : `${name[row]}@${step[row]}:`;
    return (place + key[row]).replace(HIDDEN, "?");
  }

  /** Reads all texts, a chunk after the other, and tells of each. */
  async readTexts(onChunk) {
    for (const volume of this.manifest.volumes) {
      const first = this.places.findIndex(([other]) => other === volume);
      for (let chunk = 0; chunk * this.manifest.textChunk < volume.count; chunk++) {
        const read = await load(`texts/${volume.name}/${chunk}`, volume.stamp);
        read.rows.forEach((text, i) => this.takeText(first + chunk * this.manifest.textChunk + i, text, read.prompts));
        this.textsRead += read.rows.length;
        onChunk();
      }
    }
  }

  takeText(row, text, prompts) {
    if (row >= this.length) return;
    const found = {
      prompt: prompts[text.p], system: prompts[text.s], responses: text.r, replies: text.t, detail: text.d,
      reference: prompts[text.g],
    };
    this.texts[row] = found;
    this.haystack[row] = [found.prompt, ...text.r, ...text.t, text.d, this.columns.key[row], this.columns.task[row]]
      .join("\n").toLowerCase();
  }

  async text(row) {
    if (!this.texts[row]) {
      const [volume, at] = this.places[row];
      const chunk = Math.floor(at / this.manifest.textChunk);
      const read = await load(`texts/${volume.name}/${chunk}`, volume.stamp);
      this.takeText(row, read.rows[at % this.manifest.textChunk], read.prompts);
    }
    return this.texts[row];
  }

  /** Tokens, turns and rewards of a rollout. */
  async tokens(row) {
    const [volume, at] = this.places[row];
    const chunk = await load(`tokens/${volume.name}/${Math.floor(at / this.manifest.tokenChunk)}`, volume.stamp);
    const found = chunk.rows[at % this.manifest.tokenChunk];
    return { ...found, segments: found.segments.map((segment) => ({ ...segment, prompt: chunk.prompts[segment.p] })) };
  }

  pieces() {
    return load("pieces", this.manifest.live ? "live" : "");
  }
}
