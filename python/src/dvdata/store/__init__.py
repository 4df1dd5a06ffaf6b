"""A store, read: objects by id, refs, revisions, walks and differences of manifests, contents of files."""
