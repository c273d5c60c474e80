#!/usr/bin/env python3
"""Makes the golden images beside this file, with Pillow (made with Debian's 9.4 and libjpeg-turbo 2.1.5).

images/NAME.png|jpg are small images of every kind that Pillow writes; each has NAME.EXT.rgb beside it: width and height
as two bytes each, little-endian, and then [H, W, 3] as Pillow's convert("RGB") decodes them (16-bit grey: the high
byte). images/adam7-*.png are interlaced, which Pillow reads but does not write: their passes are laid out here.
images/resize.bin holds what Pillow's resize (BILINEAR) makes of scene.png, for the sizes and boxes of resize.txt, one
after the other, [H, W, 3].

usage: /usr/bin/python3 make_images.py [FOLDER]
"""
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")
os.makedirs(folder, exist_ok=True)
HEIGHT, WIDTH = 23, 37

rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
noise = np.random.RandomState(1)
scene = np.stack([
    128 + 100 * np.sin(columns / 5.0) * np.cos(rows / 7.0),
    255.0 * columns / WIDTH,
    255.0 * ((rows - 11) ** 2 + (columns - 18) ** 2 < 64)], axis=2)
scene = np.clip(scene + noise.uniform(-6, 6, scene.shape), 0, 255).astype(np.uint8)
rgb = Image.fromarray(scene)


def expect(name, pixels=None):
    image = Image.open(os.path.join(folder, name))
    image.load()
    pixels = np.asarray(image.convert("RGB")) if pixels is None else pixels
    with open(os.path.join(folder, name + ".rgb"), "wb") as file:
        file.write(struct.pack("<HH", pixels.shape[1], pixels.shape[0]) + pixels.astype(np.uint8).tobytes())


def save(name, image, pixels=None, **options):
    image.save(os.path.join(folder, name), **options)
    expect(name, pixels)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def pack(row, bits):
    """A row of samples in so many bits each."""
    if bits == 16:
        return row.astype(">u2").tobytes()
    if bits == 8:
        return row.astype(np.uint8).tobytes()
    flat = row.reshape(-1).astype(np.uint8)
    planes = np.unpackbits(flat[:, None], axis=1)[:, 8 - bits:].reshape(-1)
    return np.packbits(planes).tobytes()


def write_png(name, samples, bits, color, interlaced, palette=None, pixels=None):
    """Writes [H, W, S] samples; every filter type is used in turn, as far as it may stand first."""
    height, width, count = samples.shape
    stride = max(1, count * bits // 8)
    data = b""
    for left, top, across, down in (PASSES if interlaced else [(0, 0, 1, 1)]):
        part = samples[top::down, left::across]
        if part.shape[0] == 0 or part.shape[1] == 0:
            continue
        above = None
        for i, row in enumerate(part):
            line = np.frombuffer(pack(row, bits), np.uint8).astype(int)
            before = np.concatenate([np.zeros(stride, int), line[:-stride]]) if len(line) > stride else np.zeros(len(line), int)
            before = before[:len(line)]
            up = above if above is not None else np.zeros(len(line), int)
            corner = np.concatenate([np.zeros(stride, int), up[:-stride]])[:len(line)] if len(line) > stride else np.zeros(len(line), int)
            guess = before + up - corner
            a, b, c = abs(guess - before), abs(guess - up), abs(guess - corner)
            paeth = np.where((a <= b) & (a <= c), before, np.where(b <= c, up, corner))
            kind = i % 5
            minus = [0, before, up, (before + up) // 2, paeth][kind]
            data += bytes([kind]) + ((line - minus) % 256).astype(np.uint8).tobytes()
            above = line
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, int(interlaced))
    compressed = zlib.compress(data, 9)
    half = len(compressed) // 2
    with open(os.path.join(folder, name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        if palette is not None:
            file.write(chunk(b"PLTE", palette))
        file.write(chunk(b"IDAT", compressed[:half]) + chunk(b"IDAT", compressed[half:]) + chunk(b"IEND", b""))
    expect(name, pixels)


alpha = np.dstack([scene, (rows * 11 % 256).astype(np.uint8)])
grey = np.asarray(rgb.convert("L"))
wide = (scene.astype(np.uint16) * 257) ^ 0x55
grey_wide = (grey.astype(np.uint16) * 257) ^ 0x33
indexed = rgb.quantize(200)

save("scene.png", rgb)
save("rgba.png", Image.fromarray(alpha))
save("grey.png", Image.fromarray(grey))
save("grey-alpha.png", Image.fromarray(np.dstack([grey, alpha[:, :, 3]]), "LA"))
save("grey-1.png", rgb.convert("1"))
save("palette-8.png", indexed)
save("palette-4.png", rgb.quantize(13), bits=4)
save("palette-2.png", rgb.quantize(4), bits=2)
save("palette-1.png", rgb.quantize(2), bits=1)
save("palette-transparent.png", indexed, transparency=3)
save("one-pixel.png", rgb.crop((5, 5, 6, 6)))

palette = bytes(np.random.RandomState(2).randint(0, 256, 3 * 256).astype(np.uint8))
for interlaced in (False, True):
    prefix = "adam7" if interlaced else "filters"
    for bits in (1, 2, 4, 8, 16):
        samples = (grey_wide >> (16 - bits))[:, :, None]
        high = np.repeat(samples * (255 // ((1 << min(bits, 8)) - 1)) if bits <= 8 else samples >> 8, 3, axis=2)
        write_png(f"{prefix}-grey-{bits}.png", samples, bits, 0, interlaced, pixels=high)
    for bits in (8, 16):
        full = wide if bits == 16 else scene
        write_png(f"{prefix}-rgb-{bits}.png", full, bits, 2, interlaced, pixels=full >> (bits - 8))
        with_alpha = np.dstack([full, full[:, :, 0] // 2])
        write_png(f"{prefix}-rgba-{bits}.png", with_alpha, bits, 6, interlaced, pixels=full >> (bits - 8))
        of_grey = grey_wide if bits == 16 else grey
        write_png(
            f"{prefix}-grey-alpha-{bits}.png", np.dstack([of_grey, 1 + of_grey // 3]), bits, 4, interlaced,
            pixels=np.repeat((of_grey >> (bits - 8))[:, :, None], 3, axis=2))
    for bits in (1, 2, 4, 8):
        write_png(
            f"{prefix}-palette-{bits}.png", (grey >> (8 - bits))[:, :, None], bits, 3, interlaced,
            palette=palette[:3 << bits])
for width, height in ((1, 1), (2, 3), (4, 1), (5, 5), (9, 2)):
    write_png(f"adam7-{width}x{height}.png", scene[:height, :width], 8, 2, True, pixels=scene[:height, :width])

for name, options in (
        ("444", dict(quality=95, subsampling=0)), ("420", dict(quality=85, subsampling=2)),
        ("422", dict(quality=80, subsampling=1)), ("progressive", dict(quality=85, progressive=True)),
        ("optimized", dict(quality=60, optimize=True))):
    save(f"{name}.jpg", rgb, **options)
save("grey.jpg", rgb.convert("L"), quality=90)
save("cmyk.jpg", rgb.convert("CMYK"), quality=95, subsampling=0)

# Pillow's own decoders say the same of what was laid out by hand, except of 16-bit grey, which it does not scale.
for name in sorted(os.listdir(folder)):
    if name.startswith(("adam7", "filters")) and name.endswith(".png") and not name.endswith("grey-16.png"):
        with open(os.path.join(folder, name + ".rgb"), "rb") as file:
            expected = file.read()[4:]
        found = np.asarray(Image.open(os.path.join(folder, name)).convert("RGB")).tobytes()
        assert found == expected, name

cases, scaled = [], b""
for box in ((0, 0, 37, 23), (3, 5, 30, 19), (10, 0, 11, 23), (36, 22, 37, 23)):
    for width, height in ((37, 23), (18, 11), (7, 5), (64, 64), (1, 1), (100, 3), (12, 40)):
        result = rgb.crop(box).resize((width, height), Image.BILINEAR)
        cases.append(" ".join(str(value) for value in (*box, width, height)))
        scaled += np.asarray(result).tobytes()
with open(os.path.join(folder, "resize.txt"), "w") as file:
    file.write("\n".join(cases) + "\n")
with open(os.path.join(folder, "resize.bin"), "wb") as file:
    file.write(scaled)
