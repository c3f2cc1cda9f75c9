/* Makes a picture small: the colours it needs most, each pixel by its nearest, as an indexed PNG. */
async (source) => {
  const MOST = 64;
  const image = await createImageBitmap(await (await fetch(source)).blob());
  const { width, height } = image;
  const canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  canvas.drawImage(image, 0, 0);
  const pixels = new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer);

  const part = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const far = (a, b) => 3 * (a[0] - b[0]) ** 2 + 4 * (a[1] - b[1]) ** 2 + 2 * (a[2] - b[2]) ** 2;
  const counts = new Map();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const ranked = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  // Frequent colours first, none too near one that is there: rare ones find their place too.
  const palette = [];
  for (const near of [24, 300, 900]) {
    const limit = near === 24 ? MOST / 2 : MOST;
    for (const colour of ranked) {
      if (palette.length >= limit) break;
      const own = part(colour);
      if (palette.every((one) => far(one, own) > (near === 24 ? 24 : near))) palette.push(own);
    }
  }
  const index = new Map();
  const nearest = (colour) => {
    const own = part(colour);
    let best = 0;
    for (let at = 1; at < palette.length; at += 1) if (far(palette[at], own) < far(palette[best], own)) best = at;
    return best;
  };
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = pixels[y * width + x];
      if (!index.has(colour)) index.set(colour, nearest(colour));
      rows[y * (width + 1) + 1 + x] = index.get(colour);
    }
  }

  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  const sum = (bytes) => {
    let value = 0xffffffff;
    for (const byte of bytes) value = table[(value ^ byte) & 255] ^ (value >>> 8);
    return (value ^ 0xffffffff) >>> 0;
  };
  const chunk = (name, body) => {
    const made = new Uint8Array(12 + body.length);
    const view = new DataView(made.buffer);
    view.setUint32(0, body.length);
    for (let at = 0; at < 4; at += 1) made[4 + at] = name.charCodeAt(at);
    made.set(body, 8);
    view.setUint32(8 + body.length, sum(made.subarray(4, 8 + body.length)));
    return made;
  };
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, height);
  head.set([8, 3, 0, 0, 0], 8);
  const packed = new Uint8Array(await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"))).arrayBuffer());
  const file = [Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), chunk("IHDR", head),
    chunk("PLTE", Uint8Array.from(palette.flat())), chunk("IDAT", packed), chunk("IEND", new Uint8Array())];
  let text = "";
  for (const bytes of file) for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
