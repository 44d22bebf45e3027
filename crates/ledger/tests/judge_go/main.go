// Judge of a tile folder, built on golang.org/x/mod/sumdb alone: it shares no code with the crate it judges.
//
// usage: judge <folder> <log vkey> <index> <payload file> <old size> <old root>
//
// Accepts when the checkpoint is signed by the log, the entries hash to its root, every tile is what the entries
// make it, the payload is the entry at the index, and the log continues the old head. Prints "accepted" and exits
// with 0, or prints the reason and exits with 1.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if err := judge(os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("accepted")
}

func judge(args []string) error {
	if len(args) != 6 {
		return fmt.Errorf("six arguments are needed")
	}
	folder := folder(args[0])
	index, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	payload, err := os.ReadFile(args[3])
	if err != nil {
		return err
	}
	oldSize, err := strconv.ParseInt(args[4], 10, 64)
	if err != nil {
		return err
	}
	oldRoot, err := tlog.ParseHash(args[5])
	if err != nil {
		return err
	}
	tree, err := folder.head(args[1])
	if err != nil {
		return err
	}
	// TileHashReader authenticates every tile that it reads against the signed root.
	reader := tlog.TileHashReader(tree, folder)
	record, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return fmt.Errorf("proving the record: %w", err)
	}
	if err := tlog.CheckRecord(record, tree.N, tree.Hash, index, tlog.RecordHash(payload)); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	growth, err := tlog.ProveTree(tree.N, oldSize, reader)
	if err != nil {
		return fmt.Errorf("proving the growth: %w", err)
	}
	if err := tlog.CheckTree(growth, tree.N, tree.Hash, oldSize, oldRoot); err != nil {
		return fmt.Errorf("growth: %w", err)
	}
	return folder.rebuild(tree)
}

// folder is a log as C2SP tlog-tiles lays it out.
type folder string

func (f folder) head(vkey string) (tlog.Tree, error) {
	checkpoint, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(checkpoint, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("checkpoint: not the three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// rebuild hashes all entries from their bundles and compares root and tiles with what is served.
func (f folder) rebuild(tree tlog.Tree) error {
	var stored []tlog.Hash
	at := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n := int64(0); n < tree.N; {
		entries, err := f.entries(n, tree.N)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			hashes, err := tlog.StoredHashes(n, entry, at)
			if err != nil {
				return err
			}
			stored = append(stored, hashes...)
			n++
		}
	}
	root, err := tlog.TreeHash(tree.N, at)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("entries: they hash to another root than the signed one")
	}
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		// Older versions list partial tiles in all widths up to the one that a log of this size serves.
		if tile.W < 1<<height && int64(tile.W) != tree.N>>(height*tile.L)%(1<<height) {
			continue
		}
		expected, err := tlog.ReadTileData(tile, at)
		if err != nil {
			return err
		}
		served, err := os.ReadFile(filepath.Join(string(f), tilePath(tile)))
		if err != nil {
			return err
		}
		if !bytes.Equal(expected, served) {
			return fmt.Errorf("%s: not what the entries make it", tilePath(tile))
		}
	}
	return nil
}

// entries reads the bundle that starts at entry n.
func (f folder) entries(n, size int64) ([][]byte, error) {
	width := min(size-n, 1<<height)
	tile := tlog.Tile{H: height, L: -1, N: n >> height, W: int(width)}
	data, err := os.ReadFile(filepath.Join(string(f), tilePath(tile)))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) >= 2 {
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			break
		}
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if len(data) != 0 || int64(len(entries)) != width {
		return nil, fmt.Errorf("%s: not %d entries", tilePath(tile), width)
	}
	return entries, nil
}

// tilePath turns Go's older four-part path into that of C2SP tlog-tiles.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// Height, ReadTiles and SaveTiles make a tlog.TileReader.
func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		data[i], err = os.ReadFile(filepath.Join(string(f), tilePath(tile)))
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
