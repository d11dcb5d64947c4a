import re

import numpy as np
import pytest
import torch

from network import digits, images

RECORD = 3073
FILES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]


@pytest.fixture(scope="module")
def digits32():
    return images.load("digits32")


def cifar_record(label, pixels):
    """Return an image as in the published description: label, then red, green, blue, by rows."""
    planes = [pixels[y][x][channel] for channel in range(3) for y in range(32) for x in range(32)]
    return bytes([label, *planes])


@pytest.fixture
def cifar_folder(tmp_path):
    """Six files of two images each; file and image determine label and pixels."""
    for number, name in enumerate(FILES):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 256, (2, 32, 32, 3)).tolist()
        records = [cifar_record(number + image, pixels[image]) for image in range(2)]
        (tmp_path / name).write_bytes(b"".join(records))
    return tmp_path


def test_digits_are_those_of_the_flat_set_in_the_same_split():
    flat, data = digits.load(), images.load("digits")
    assert data.train_inputs.shape == (1437, 8, 8, 1)
    assert data.test_inputs.shape == (360, 8, 8, 1)
    np.testing.assert_array_equal(data.train_inputs.reshape(1437, 64), flat.train_inputs)
    np.testing.assert_array_equal(data.test_inputs.reshape(360, 64), flat.test_inputs)
    np.testing.assert_array_equal(data.train_labels, flat.train_labels)
    np.testing.assert_array_equal(data.test_labels, flat.test_labels)


def test_digits32_is_digits_enlarged(digits32):
    small = images.load("digits")
    assert digits32.train_inputs.shape == (1437, 32, 32, 3)
    assert digits32.test_inputs.shape == (360, 32, 32, 3)
    assert digits32.test_inputs.dtype == np.uint8
    np.testing.assert_array_equal(digits32.train_inputs, images.enlarge(small.train_inputs))
    np.testing.assert_array_equal(digits32.test_inputs, images.enlarge(small.test_inputs))
    np.testing.assert_array_equal(digits32.train_labels, small.train_labels)
    np.testing.assert_array_equal(digits32.test_labels, small.test_labels)


def test_enlarged_pixels_as_by_hand():
    two_by_two = np.array([[0, 80], [160, 240]], dtype=np.uint8).reshape(1, 2, 2, 1)
    enlarged = images.enlarge(two_by_two)
    assert enlarged.shape == (1, 8, 8, 3)
    # By hand: to the right of 0 come 0, 0 (border), then 1, 3, 5, 7 eighths of 80, then 80, 80.
    assert enlarged[0, 0, :, 0].tolist() == [0, 0, 10, 30, 50, 70, 80, 80]
    assert enlarged[0, :, 0, 0].tolist() == [0, 0, 20, 60, 100, 140, 160, 160]
    # By hand: row 3 lies three eighths below the middle of the upper pixels: 60 + 30.
    assert enlarged[0, 3, 3].tolist() == [90, 90, 90]


def test_enlarged_pixels_round_halves_up_once():
    # By hand: 4 * 1/8 is a half, 4 * 3/8 is 1.5, 4 * 5/8 is 2.5, 4 * 7/8 is 3.5.
    step = np.array([[0, 4]], dtype=np.uint8).reshape(1, 1, 2, 1)
    assert images.enlarge(step)[0, 0, :, 0].tolist() == [0, 0, 1, 2, 3, 4, 4, 4]
    # By hand: 25/64 of 1 rounds to 0; rounded after each side, 5/8 gives 1, and 1 again.
    corner = np.array([[0, 0], [0, 1]], dtype=np.uint8).reshape(1, 2, 2, 1)
    assert images.enlarge(corner)[0, 4, 4, 0] == 0


def test_enlarged_pixels_are_those_of_bilinear_interpolation():
    small = np.random.default_rng(1).integers(0, 256, (20, 5, 7, 1), dtype=np.uint8)
    floats = torch.nn.functional.interpolate(
        torch.from_numpy(small[..., 0]).double()[:, None], scale_factor=4, mode="bilinear"
    )
    enlarged = images.enlarge(small)
    for channel in range(3):
        expected = np.floor(floats[:, 0].numpy() + 0.5)
        np.testing.assert_array_equal(enlarged[..., channel], expected)


def test_tensor_has_channels_first_and_pixels_from_0_to_1():
    pixels = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    tensor = images.to_tensor(pixels)
    assert tensor.shape == (2, 3, 3, 4)
    assert tensor.dtype == torch.float32
    assert float(tensor[1, 2, 0, 3]) == pytest.approx(pixels[1, 0, 3, 2] / 255)
    assert float(images.to_tensor(np.full((1, 1, 1, 1), 255, dtype=np.uint8))) == 1.0


def test_cifar_images_are_read_in_the_order_of_the_files(cifar_folder):
    data = images.load(f"cifar10:{cifar_folder}")
    assert data.train_inputs.shape == (10, 32, 32, 3)
    assert data.train_labels.tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert data.test_labels.tolist() == [5, 6]
    inputs = [*np.split(data.train_inputs, 5), data.test_inputs]
    for number, batch in enumerate(inputs):
        expected = np.random.default_rng(number).integers(0, 256, (2, 32, 32, 3))
        np.testing.assert_array_equal(batch, expected)
    assert data.train_inputs.dtype == np.uint8
    assert data.train_labels.dtype == np.int64


@pytest.mark.parametrize("name", FILES)
def test_cifar_file_missing(cifar_folder, name):
    (cifar_folder / name).unlink()
    path = re.escape(str(cifar_folder / name))
    with pytest.raises(FileNotFoundError, match=f"^CIFAR-10 file '{path}' was not found$"):
        images.read_cifar10(cifar_folder)


@pytest.mark.parametrize("size", [0, 1, RECORD - 1, RECORD + 1, 2 * RECORD - 1])
def test_cifar_file_cut_short(cifar_folder, size):
    path = cifar_folder / "data_batch_3.bin"
    path.write_bytes(bytes(size))
    rule = f"must hold a positive multiple of 3073 bytes, not {size}"
    message = rf"^CIFAR-10 file '{re.escape(str(path))}' {rule}$"
    with pytest.raises(ValueError, match=message):
        images.read_cifar10(cifar_folder)


def test_cifar_label_above_9(cifar_folder):
    path = cifar_folder / "test_batch.bin"
    content = bytearray(path.read_bytes())
    content[RECORD] = 10
    path.write_bytes(content)
    rule = "label of image 1 must be between 0 and 9, not 10"
    message = rf"^CIFAR-10 file '{re.escape(str(path))}': {rule}$"
    with pytest.raises(ValueError, match=message):
        images.read_cifar10(cifar_folder)


def test_unknown_data_set():
    message = r"^Data set 'digit' is unknown; nearest: digits, digits32$"
    with pytest.raises(ValueError, match=message):
        images.load("digit")


@pytest.mark.parametrize("name", ["cifar10", "cifar10:"])
def test_cifar_without_folder(name):
    message = rf"^Data set '{name}' is unknown; nearest: cifar10:FOLDER$"
    with pytest.raises(ValueError, match=message):
        images.load(name)
