/** What a PNG shows: how many colours, and how much of it the commonest one covers. Decoded by the browser at hand. */
export async function coloursOf(browser, png) {
  const page = await browser.newPage();
  try {
    return await page.evaluate(async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      const pixels = new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer);
      const counts = new Map();
      for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
      return { distinct: counts.size, commonest: Math.max(...counts.values()) / pixels.length };
    }, `data:image/png;base64,${png.toString('base64')}`);
  } finally {
    await page.close();
  }
}
