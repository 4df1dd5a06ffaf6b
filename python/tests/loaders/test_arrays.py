"""NumPy's files, pictures, and Zarr stores."""

import pickle
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
import xarray
import zarr
from files import VEGA, File, Folder, written

from dvdata.errors import BadInput, MissingDependency, ReadOnly, Unsupported
from dvdata.loaders import load, load_folder

TILE = (np.arange(2 * 3 * 4 * 32 * 48) % 65521).astype("u2").reshape(2, 3, 4, 32, 48)


def saved(folder: Path, name: str, array: Any) -> File:
    np.save(folder / name, array)
    return File(folder / name)


def test_an_array_is_mapped_from_the_file(tmp_path: Path) -> None:
    found = load(saved(tmp_path, "a.npy", TILE))
    assert isinstance(found, np.memmap)
    assert (found == TILE).all()
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.float64(3), np.array(["é", "b"]), TILE.T])
def test_arrays_of_every_shape(tmp_path: Path, array: Any) -> None:
    found = load(saved(tmp_path, "a.npy", array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_an_array_can_be_read_into_memory_but_never_mapped_for_writing(tmp_path: Path) -> None:
    file = saved(tmp_path, "a.npy", TILE)
    assert not isinstance(load(file, mmap_mode=None), np.memmap)
    copy = load(file, mmap_mode="c")
    copy[:] = 0
    assert (load(file) == TILE).all()
    with pytest.raises(BadInput, match="'r', 'c' or None"):
        load(file, mmap_mode="r+")


class Bomb:
    def __reduce__(self) -> Any:
        return Path.touch, (Path("bomb-was-run"),)


def test_pickles_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = saved(tmp_path, "a.npy", np.array([Bomb()], dtype=object))
    with pytest.raises(BadInput, match=r"'a.npy' cannot be read as a NumPy array: .*allow_pickle=False"):
        load(file)
    np.savez(tmp_path / "a.npz", a=np.array([Bomb()], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load(File(tmp_path / "a.npz"))["a"]
    assert not Path("bomb-was-run").exists()


def test_arrays_of_an_archive_are_read_when_asked_for(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", big=np.zeros(1_000_000), small=np.arange(3))
    file = File(tmp_path / "a.npz")
    found = load(file)
    assert sorted(found) == ["big", "small"]
    assert found["small"].tolist() == [0, 1, 2]
    assert file.bytes_read < 3_000_000


def test_pictures_have_axes(tmp_path: Path) -> None:
    grey = TILE[0, 0, 0]
    colour = np.stack([grey, grey[::-1], grey[:, ::-1]], axis=-1)
    for name, pixels, axes in (("g.png", grey, "YX"), ("c.png", colour, "YXS")):
        found = load(written(tmp_path, name, imagecodecs.png_encode(pixels)))
        assert found.dtype == np.uint16
        assert (found == pixels).all()
        assert found.axes == axes
    small = (grey >> 8).astype("u1")
    found = load(written(tmp_path, "g.jpg", imagecodecs.jpeg_encode(small, level=99)))
    assert found.axes == "YX"
    assert np.abs(found.astype(int) - small).max() < 12


@pytest.mark.skipif(VEGA is None, reason="vega-datasets-2 is not installed")
def test_pictures_of_vega_datasets_load() -> None:
    assert VEGA is not None
    assert load(File(VEGA / "ffox.png")).shape == (100, 100, 4)


def ome(folder: Path, name: str = "a.ome.tif", array: Any = TILE, **options: Any) -> File:
    tifffile.imwrite(folder / name, array, ome=True, **{"metadata": {"axes": "TCZYX"}, **options})
    return File(folder / name)


def test_an_ome_tiff_has_all_its_axes(tmp_path: Path) -> None:
    found = load(ome(tmp_path))
    assert (found.axes, found.shape) == ("TCZYX", TILE.shape)
    assert (found == TILE).all()
    # Tiles of one time point have the shape of the others.
    one = load(ome(tmp_path, "one.ome.tif", TILE[:1, :, :1]))
    assert (one.axes, one.shape) == ("TCZYX", (1, 3, 1, 32, 48))


def test_axes_are_names_of_dimensions_in_xarray(tmp_path: Path) -> None:
    found = load(ome(tmp_path), as_="xarray")
    assert isinstance(found, xarray.DataArray)
    assert found.dims == ("T", "C", "Z", "Y", "X")
    assert (found.isel(T=1, C=2, Z=3).values == TILE[1, 2, 3]).all()


def test_axes_stay_with_the_array_and_go_with_what_is_made_of_it(tmp_path: Path) -> None:
    found = load(ome(tmp_path))
    again = pickle.loads(pickle.dumps(found))
    assert again.axes == "TCZYX"
    assert (again == TILE).all()
    assert found[0].axes == ""
    assert found.T.axes == ""
    assert found.axes == "TCZYX"
    assert (found / 2).axes == ""


def test_planes_are_chosen_by_axis_and_others_not_read(tmp_path: Path) -> None:
    file = ome(tmp_path, array=np.broadcast_to(TILE, (2, 3, 4, 32, 48)).repeat(8, 3).repeat(8, 4))
    whole = load(file)
    file.bytes_read = 0
    plane = load(file, T=1, C=2, Z=3)
    assert plane.axes == "YX"
    assert (plane == whole[1, 2, 3]).all()
    assert file.bytes_read < whole.nbytes / 3
    some = load(file, T=0, Z=slice(1, 3), Y=slice(0, 8))
    assert some.axes == "CZYX"
    assert (some == whole[0, :, 1:3, :8]).all()
    assert (load(file, key=5) == whole.reshape(-1, *whole.shape[-2:])[5]).all()
    assert load(file, key=5).axes == "YX"
    assert load(file, key=[0, 1]).axes == "IYX"
    with pytest.raises(BadInput, match="no axis 'Q', the axes are TCZYX"):
        load(file, Q=1)
    with pytest.raises(BadInput, match="1 series"):
        load(file, series=1)


def test_compressed_and_tiled_colours(tmp_path: Path) -> None:
    colour = (np.random.default_rng(1).random((3, 64, 96, 3)) * 255).astype("u1")
    axes, tile = {"axes": "ZYXS"}, (32, 32)
    file = ome(
        tmp_path, "c.ome.tiff", colour, metadata=axes, photometric="rgb", compression="zlib", tile=tile
    )
    found = load(file)
    assert found.axes.endswith("YXS")
    assert (found.squeeze() == colour).all()
    assert (load(file, Z=1).squeeze() == colour[1]).all()


def test_other_files_that_ome_xml_names_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = np.full((1, 1, 2, 16, 16), 7, "u1")
    tifffile.imwrite(tmp_path / "secret.ome.tif", secret, ome=True, metadata={"axes": "TCZYX"})
    monkeypatch.chdir(tmp_path)
    with tifffile.TiffFile("secret.ome.tif") as tif:
        xml = tif.ome_metadata
    assert xml is not None
    uuid = '<UUID FileName="secret.ome.tif">urn:uuid:00000000-0000-0000-0000-000000000001</UUID>'
    ifds = "".join(
        f'<TiffData IFD="{z}" FirstZ="{z}" FirstT="0" FirstC="0" PlaneCount="1">{uuid}</TiffData>'
        for z in (0, 1)
    )
    import re

    forged = re.sub(r"<TiffData.*?(/>|</TiffData>)", "", xml, flags=re.S).replace(
        "</Pixels>", ifds + "</Pixels>"
    )
    tifffile.imwrite(tmp_path / "a.ome.tif", np.zeros((16, 16), "u1"), description=forged, metadata=None)
    found = load(File(tmp_path / "a.ome.tif"))
    assert not (found == 7).any()


def test_a_codec_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ome(tmp_path, compression="zstd")

    def refused(self: Any, *args: Any, **options: Any) -> Any:
        raise ValueError("<COMPRESSION.ZSTD: 50000> requires the 'imagecodecs' package")

    monkeypatch.setattr(tifffile.TiffPageSeries, "asarray", refused)
    with pytest.raises(MissingDependency) as caught:
        load(file)
    assert caught.value.hint == 'pip install "dv-data[images]"'


def test_damaged_pictures_name_the_file(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.tif", "a.npy", "a.npz"):
        for content in (b"", b"nothing of the kind", zlib.compress(b"x" * 1000)):
            with pytest.raises(BadInput, match=f"'{name}' cannot be read as ") as caught:
                load(written(tmp_path, name, content))
            assert caught.value.code == "DV_BAD_IMAGE"


@pytest.mark.parametrize("version", [2, 3])
def test_a_folder_that_is_a_zarr_store_is_read_through(tmp_path: Path, version: Any) -> None:
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=version)
    group.attrs["line"] = "AICS-23"
    array = group.create_array("fov/0", shape=TILE.shape, chunks=(1, 1, 2, 16, 16), dtype="u2")
    array[:] = TILE
    found = load_folder(Folder(tmp_path / "a.zarr"))
    assert found.attrs["line"] == "AICS-23"
    assert list(found) == ["fov"]
    assert list(found["fov"].array_keys()) == ["0"]
    assert (found["fov/0"][:] == TILE).all()
    assert (found["fov/0"][1, :, 3, 5:20] == TILE[1, :, 3, 5:20]).all()
    with pytest.raises((ReadOnly, ValueError)):
        found["fov/0"][0] = 1
    assert (load_folder(Folder(tmp_path / "a.zarr" / "fov" / "0"))[0] == TILE[0]).all()


def test_shards_are_read_in_part(tmp_path: Path) -> None:
    array = zarr.create_array(
        tmp_path / "s.zarr",
        shape=(512, 512),
        chunks=(16, 16),
        shards=(256, 256),
        dtype="f8",
        compressors=None,
    )
    values = np.random.default_rng(2).random((512, 512))
    array[:] = values
    found = load_folder(Folder(tmp_path / "s.zarr"))
    assert (found[300:310, 20:30] == values[300:310, 20:30]).all()
    assert (found[:] == values).all()


def test_a_folder_that_is_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(Unsupported, match="nothing that can be loaded as one"):
        load_folder(Folder(tmp_path))
