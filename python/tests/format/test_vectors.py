"""The vectors of the format: bytes that every reader takes alike, and bytes that every reader refuses."""

from typing import Any

import pytest
import vectors

from dvdata import errors
from dvdata.format import (
    blocks,
    formats,
    frames,
    hashing,
    metadata,
    nodes,
    objects,
    recipes,
    records,
    refs,
    segments,
)
from dvdata.format.encoding import Reader

ID = bytes(32)


def cases(file: str, *path: str) -> list[Any]:
    found = vectors.load(file)
    for name in path:
        found = found[name]
    return [pytest.param(case, id=str(name_of(case))[:60]) for case in found]


def name_of(case: Any) -> Any:
    if isinstance(case, dict):
        return next((case[key] for key in ("name", "what", "why", "text", "value") if key in case), "")
    return case


def refused(read: Any, code: str = "DV_CORRUPT") -> None:
    with pytest.raises(errors.DvError) as failure:
        read()
    assert failure.value.code == code


# 01 Hashing


@pytest.mark.parametrize("case", cases("blake3", "ids"))
def test_ids_are_hashed_under_the_context_of_their_kind(case: Any) -> None:
    data = vectors.bytes_of({**vectors.load("blake3")["input"], "length": case["length"]})
    if case["id"] == "checksum":
        assert hashing.checksum(data).hex() == case["hex"]
    elif case["id"] == "content":
        assert hashing.content_id(data).hex() == case["hex"]
    else:
        assert hashing.object_id(case["id"], data).hex() == case["hex"]


@pytest.mark.parametrize("case", cases("blake3", "cases"))
def test_contents_are_hashed_as_blake3_says(case: Any) -> None:
    data = vectors.bytes_of({**vectors.load("blake3")["input"], "length": case["length"]})
    assert hashing.content_id(data).hex() == case["hash"]


def test_an_id_as_text_is_64_lowercase_digits() -> None:
    for text in ("", "a" * 63, "A" * 64, "g" * 64, "a" * 65, None, 7):
        refused(lambda text=text: hashing.stored_id(text, "A record"))


# 03 Encoding

READERS: dict[str, Any] = {
    "varint": Reader.varint,
    "int64": Reader.int64,
    "string": Reader.string,
    "f64": Reader.f64,
}


@pytest.mark.parametrize("kind", READERS)
def test_values_are_read(kind: str) -> None:
    for case in vectors.load("encoding")[kind]:
        reader = Reader(bytes.fromhex(case["hex"]), "A value")
        value = READERS[kind](reader)
        reader.end()
        wanted = case["value"]
        if kind == "f64":
            assert repr(value) == repr(float(wanted))
        else:
            assert value == (wanted if kind == "string" else int(wanted))


@pytest.mark.parametrize("case", cases("encoding", "sealed"))
def test_sealed_records_are_read(case: Any) -> None:
    assert records.unseal(bytes.fromhex(case["hex"]), "A record") == case["record"]


@pytest.mark.parametrize("case", cases("encoding", "zstd"))
def test_frames_are_decompressed(case: Any) -> None:
    data, bases = vectors.bytes_of(case["input"]), b""
    if "dictionary" in case:
        bases = vectors.bytes_of(case["dictionary"])
    assert frames.decompress(bytes.fromhex(case["frame"]), len(data), "A frame", bases) == data


@pytest.mark.parametrize("case", cases("encoding", "planes"))
def test_planes_are_joined(case: Any) -> None:
    assert frames.joined_planes(bytes.fromhex(case["split"])).hex() == case["raw"]


@pytest.mark.parametrize("case", cases("encoding", "damaged"))
def test_damaged_values_are_refused(case: Any) -> None:
    data = bytes.fromhex(case["hex"])

    def read() -> None:
        if case["read"] == "sealed":
            records.unseal(data, "A record")
        elif case["read"] == "zstd":
            bases = vectors.bytes_of(case["dictionary"]) if "dictionary" in case else b""
            frames.decompress(data, case["length"], "A frame", bases)
        else:
            reader = Reader(data, "A value")
            READERS[case["read"]](reader)
            reader.end()

    refused(read, case["error"])


# 04 Objects, 07 Manifest

DECODERS: dict[str, Any] = {
    "commit": lambda data: objects.decode_commit(ID, data),
    "tag": lambda data: objects.decode_tag(ID, data),
    "value": lambda data: metadata.decode_metadata(data, "A value object"),
    "recipe": lambda data: recipes.decode_recipe(ID, data),
    "manifest": lambda data: nodes.decode_node(ID, data),
}


def value_of(value: Any) -> Any:
    """A value of metadata, as the vectors write it."""
    kind, told = value["type"], value["value"]
    if kind == "list":
        return tuple(value_of(one) for one in told)
    if kind == "date":
        return metadata.date_of(int(told))
    return {"int64": int, "float64": float}.get(kind, lambda same: same)(told)


def same_metadata(found: metadata.Metadata, wanted: dict[str, Any]) -> None:
    assert {name: repr(value) for name, value in found.items()} == {
        name: repr(value_of(value)) for name, value in wanted.items()
    }


def signature_of(value: dict[str, Any]) -> objects.Signature:
    return objects.Signature(value["name"], value["email"], value["time"], value["zone"])


@pytest.mark.parametrize("case", cases("objects", "commits"))
def test_commits_are_read(case: Any) -> None:
    data, value = bytes.fromhex(case["bytes"]), case["value"]
    assert hashing.object_id("commit", data).hex() == case["id"]
    commit = objects.decode_commit(ID, data)
    assert commit.root.hex() == value["manifest"]
    assert [parent.hex() for parent in commit.parents] == value["parents"]
    assert (commit.author, commit.committer) == (
        signature_of(value["author"]),
        signature_of(value["committer"]),
    )
    assert commit.message == value["message"]
    same_metadata(commit.meta, value["metadata"])


@pytest.mark.parametrize("case", cases("objects", "tags"))
def test_tags_are_read(case: Any) -> None:
    data, value = bytes.fromhex(case["bytes"]), case["value"]
    assert hashing.object_id("tag", data).hex() == case["id"]
    tag = objects.decode_tag(ID, data)
    assert (tag.commit.hex(), tag.name, tag.message) == (value["commit"], value["name"], value["message"])
    assert tag.tagger == signature_of(value["tagger"])


@pytest.mark.parametrize("case", cases("objects", "values"))
def test_value_objects_are_read(case: Any) -> None:
    data = bytes.fromhex(case["bytes"])
    assert hashing.object_id("value", data).hex() == case["id"]
    same_metadata(metadata.decode_metadata(data, "A value object"), case["value"])


@pytest.mark.parametrize(
    "case", [*cases("objects", "damaged"), *cases("recipe", "damaged"), *cases("manifest", "damaged")]
)
def test_damaged_objects_are_refused(case: Any) -> None:
    refused(lambda: DECODERS[case["kind"]](bytes.fromhex(case["bytes"])), case["error"])


@pytest.mark.parametrize("case", [case for case in vectors.load("recipe")["cases"] if "bytes" in case])
def test_recipe_nodes_are_read(case: Any) -> None:
    data = bytes.fromhex(case["bytes"])
    assert hashing.object_id("recipe", data).hex() == case["root"]
    node = recipes.decode_recipe(ID, data)
    assert (node.level, node.chunks) == (0, case["chunks"])


def test_an_entry_of_every_form_is_read() -> None:
    case = vectors.load("manifest")["everyForm"]
    data = bytes.fromhex(case["bytes"])
    assert hashing.object_id("manifest", data).hex() == case["root"]
    leaf = nodes.decode_node(ID, data)
    assert isinstance(leaf, nodes.Leaf)
    assert " ".join(leaf.paths) == "dir dir/described empty inline link link-long run.sh spilled tree"
    kinds = ["directory", "directory", "file", "file", "symlink", "symlink", "executable", "file", "file"]
    assert [leaf.kind(number) for number in range(9)] == kinds
    assert sorted(leaf.metas) == [1]
    assert sorted(leaf.far_metas) == [7]
    assert leaf.targets == {4: "../elsewhere"}
    assert sorted(leaf.far_targets) == [5]
    assert isinstance(nodes.recipe_of(leaf, 3), recipes.Inline)
    assert isinstance(nodes.recipe_of(leaf, 8), recipes.Tree)


# 05 Packs


def decoded(case: Any) -> tuple[blocks.BlockHeader, bytes]:
    bases = [bytes.fromhex(base["bytes"]) for base in case["bases"]]
    return blocks.decode_block(bytes.fromhex(case["block"]), "A block", bases)


@pytest.mark.parametrize("case", cases("packs", "blocks"))
def test_blocks_are_decoded(case: Any) -> None:
    header, raw = decoded(case)
    assert raw.hex() == case["raw"]
    assert (header.codec, header.filter, header.length) == (
        case["codec"],
        case["filter"],
        case["headerLength"],
    )
    assert list(header.items) == [(item["kind"], item["length"]) for item in case["items"]]
    assert [base.hex() for base in header.bases] == [base["id"] for base in case["bases"]]
    at = 0
    for item in case["items"]:
        assert hashing.object_id(item["kind"], raw[at : at + item["length"]]).hex() == item["id"]
        at += item["length"]


@pytest.mark.parametrize("case", cases("packs", "damagedBlocks"))
def test_damaged_blocks_are_refused(case: Any) -> None:
    refused(lambda: blocks.decode_block(bytes.fromhex(case["block"]), "A block"), case["error"])


@pytest.mark.parametrize("case", cases("packs", "damagedBases"))
def test_bases_that_zstd_would_misread_are_refused(case: Any) -> None:
    refused(lambda: decoded(case), case["error"])


@pytest.mark.parametrize("case", cases("packs", "salvage"))
def test_blocks_are_found_without_a_footer(case: Any) -> None:
    """What a header says of itself is enough; when all is well, blocks are found by the index."""
    pack = bytes.fromhex(case["pack"])
    found = []
    at = pack.find(b"dkB1")
    while at >= 0:
        try:
            header = blocks.read_header(pack[at:], "A block")
            if at + header.length + header.payload <= len(pack):
                found.append(at)
        except errors.Damaged:
            pass
        at = pack.find(b"dkB1", at + 1)
    assert found == case["blocks"]


@pytest.mark.parametrize("case", cases("packs", "packs"))
def test_the_footer_of_a_pack_is_the_segment_of_its_items(case: Any) -> None:
    pack, footer = bytes.fromhex(case["pack"]), case["footer"]
    segment = segments.whole_segment(pack[footer["offset"] :][: footer["length"]], "A footer")
    for item in case["items"]:
        places = {(copy.at, copy.offset, copy.length) for copy in segment.find(bytes.fromhex(item["id"]))}
        assert (item["block"], item["offset"], item["length"]) in places


# 06 Index


def copy_of(row: Any) -> segments.Copy:
    bases = tuple(map(bytes.fromhex, row["bases"]))
    return segments.Copy(
        row["pack"], row["blockOffset"], row["blockLength"], row["offset"], row["length"], bases
    )


@pytest.mark.parametrize("case", cases("segments", "segments"))
def test_all_copies_of_an_id_are_found_and_no_other_id_is(case: Any) -> None:
    segment = segments.whole_segment(bytes.fromhex(case["segment"]), "A segment")
    ids = [bytes.fromhex(row["id"]) for row in case["rows"]]
    assert list(segment.ids()) == sorted(ids)
    for id in ids:
        wanted = [copy_of(row) for row in case["rows"] if row["id"] == id.hex()]
        assert sorted(map(repr, segment.find(id))) == sorted(map(repr, wanted))
    for absent in vectors.load("segments")["absent"]:
        assert segment.find(bytes.fromhex(absent)) == []


@pytest.mark.parametrize("case", cases("segments", "damagedSegments"))
def test_damaged_segments_are_refused(case: Any) -> None:
    refused(lambda: segments.whole_segment(bytes.fromhex(case["segment"]), "A segment"), case["error"])


@pytest.mark.parametrize("case", cases("segments", "roots"))
def test_index_roots_are_read(case: Any) -> None:
    root = segments.read_root(case["root"].encode(), "The root")
    assert root.generation == case["generation"]
    assert list(root.purged) == case["purged"]
    assert [(place.key, place.offset, place.length, place.rows) for place in root.segments] == [
        (place["key"], place["offset"], place["length"], place["rows"]) for place in case["segments"]
    ]


@pytest.mark.parametrize("case", cases("segments", "damagedRoots"))
def test_damaged_index_roots_are_refused(case: Any) -> None:
    refused(lambda: segments.read_root(case["root"].encode(), "The root"), case["error"])


# 08 Refs, 09 Layout


@pytest.mark.parametrize("case", cases("refs", "keys"))
def test_refs_are_stored_under_their_keys(case: Any) -> None:
    assert refs.key_of(case["ref"]) == case["key"]
    assert refs.ref_of(case["key"]) == case["ref"]


@pytest.mark.parametrize("name", cases("refs", "badNames"))
def test_bad_names_of_refs_are_refused(name: str) -> None:
    refused(lambda: refs.key_of(f"refs/heads/{name}"), "DV_BAD_NAME")


@pytest.mark.parametrize("key", cases("refs", "badKeys"))
def test_keys_that_no_encoder_makes_are_passed_over(key: str) -> None:
    assert refs.ref_of(key) is None


@pytest.mark.parametrize("case", cases("refs", "values"))
def test_values_of_refs_are_read(case: Any) -> None:
    found, wanted = refs.read_ref(bytes.fromhex(case["bytes"]), "refs/heads/main"), case["value"]
    assert found.target.hex() == wanted["target"]
    assert (found.tag.hex() if found.tag else None) == wanted.get("tag")
    assert (found.previous.hex() if found.previous else None) == wanted.get("previous")
    assert (found.operation, found.updated) == (wanted["operation"], wanted["updated"])


@pytest.mark.parametrize("case", cases("refs", "damagedValues"))
def test_damaged_values_of_refs_are_refused(case: Any) -> None:
    refused(lambda: refs.read_ref(bytes.fromhex(case["bytes"]), "refs/heads/main"), case["error"])


@pytest.mark.parametrize("case", cases("refs", "names"))
def test_lists_of_refs_are_read(case: Any) -> None:
    keys = refs.read_names(bytes.fromhex(case["bytes"]))
    assert sorted(str(refs.ref_of(key)) for key in keys) == sorted(case["refs"])


@pytest.mark.parametrize("case", cases("refs", "damagedNames"))
def test_damaged_lists_of_refs_are_refused(case: Any) -> None:
    refused(lambda: refs.read_names(bytes.fromhex(case["bytes"])), case["error"])


@pytest.mark.parametrize("case", cases("refs", "versionFiles"))
def test_version_files_are_read(case: Any) -> None:
    version = records.read_version(bytes.fromhex(case["file"]), "A version")
    assert (version.number, version.nonce, version.previous) == (
        case["n"],
        case["nonce"],
        case.get("previous"),
    )
    assert version.value == (bytes.fromhex(case["bytes"]) if "bytes" in case else None)


@pytest.mark.parametrize("case", cases("refs", "damagedVersionFiles"))
def test_damaged_version_files_are_refused(case: Any) -> None:
    refused(lambda: records.read_version(bytes.fromhex(case["file"]), "A version"), case["error"])


@pytest.mark.parametrize("case", cases("promises", "cases"))
def test_promises_are_read(case: Any) -> None:
    found = formats.read_promises(case["text"].encode(), "The promises")
    wanted = {
        name: formats.Promise(one["lazy"], tuple(one["away"]), tuple(map(bytes.fromhex, one["commits"])))
        for name, one in case["promises"].items()
    }
    assert found == wanted


@pytest.mark.parametrize("case", cases("lost", "cases"))
def test_notes_of_what_is_lost_are_read(case: Any) -> None:
    assert [id.hex() for id in formats.read_lost(case["text"].encode(), "The record")] == case["ids"]


def test_a_newer_format_is_not_looked_at_but_for_that() -> None:
    def sealed(text: str) -> bytes:
        line = text.encode() + b"\n"
        return line + hashing.checksum(line).hex().encode() + b"\n"

    features = '"features":{"read":%s,"write":[],"gc":[]},"created":1'
    record = '{"format":1,"id":"' + "0" * 32 + '","chunker":{"avg":131072},' + features + "}"
    assert formats.read_format(sealed(record % "[]"), "It").average == 131_072
    refused(lambda: formats.read_format(sealed('{"format":2}'), "It"), "DV_NEWER_FORMAT")
    refused(lambda: formats.read_format(sealed(record % '["encryption"]'), "It"), "DV_NEWER_FORMAT")
    for text in ('{"format":0}', '{"format":true}', '{"format":1}', "{}", record % "7"):
        refused(lambda text=text: formats.read_format(sealed(text), "It"))


# 18 Purge


@pytest.mark.parametrize("case", cases("purge", "records"))
def test_records_of_purges_are_read(case: Any) -> None:
    found = formats.read_purge(case["text"].encode(), "The record")
    assert (found.milliseconds, found.by, found.reason) == (case["time"], case["by"], case["reason"])
    assert [id.hex() for id in found.contents] == [id for id, _ in case["contents"]]
    assert list(found.paths) == case["paths"]


@pytest.mark.parametrize("case", cases("purge", "damaged"))
def test_damaged_records_of_purges_are_refused(case: Any) -> None:
    refused(lambda: formats.read_purge(case["text"].encode(), "The record"))
