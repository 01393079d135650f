// Command gobundle verifies what a log of jinku handed out with golang.org/x/mod/sumdb, unmodified, and with Go's own
// Ed25519 and filippo.io/mldsa: inclusion, growth, the log's signatures and the witnesses' cosignatures.
//
//	gobundle bundle TRUST DIR             every receipt, and that the tree grew from the earlier checkpoint
//	gobundle receipt TRUST FILE ENTRY     one receipt, and the entry that it is of
//	gobundle checkpoint TRUST FILE        a signed checkpoint
//	gobundle cosign FILE NAME SEED TIME   the checkpoint with lines of a witness that is all Go; its vkeys come first
//
// TRUST is -log VKEY ..., -before VKEY ..., -witness VKEY,VKEY ... and -quorum K, out of a trust root that was got elsewhere.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

func hashes(lines []string) (found []tlog.Hash, err error) {
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("no hash: %q", line)
		}
		found = append(found, tlog.Hash(raw))
	}
	return found, nil
}

// receipt checks one tlog-proof over its entry; its own checkpoint has to be signed as well.
func (t *trust) receipt(proof, entry []byte) (tlog.Tree, error) {
	text, signed, _ := bytes.Cut(proof, []byte("\n\n"))
	tree, err := t.head(signed)
	if err != nil {
		return tree, err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) > 1 && strings.HasPrefix(lines[1], "extra ") { // nothing authenticates it
		lines = append(lines[:1], lines[2:]...)
	}
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return tree, fmt.Errorf("no receipt: %q", lines[0])
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return tree, err
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return tree, err
	}
	return tree, tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

// growth checks that the tree extends the one of the earlier checkpoint; how many entries that had.
func (t *trust) growth(dir string, tree tlog.Tree) (int64, error) {
	early, err := os.ReadFile(filepath.Join(dir, "earlier-checkpoint"))
	if err != nil {
		return 0, err
	}
	by := t
	if t.before != nil {
		by = t.before
	}
	old, err := by.head(early)
	if err != nil {
		return 0, err
	}
	grown, err := os.ReadFile(filepath.Join(dir, "consistency"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(grown), "\n\n")
	proof, err := hashes(strings.Split(first, "\n")[1:])
	if err != nil {
		return 0, err
	}
	return old.N, tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

func (t *trust) bundle(dir string) error {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := t.head(signed)
	if err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, "entries", "*.json"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no entries: %w", err)
	}
	for _, name := range names {
		number := strings.TrimSuffix(filepath.Base(name), ".json")
		found, err := t.files(filepath.Join(dir, "receipts", number+".tlog-proof"), name)
		if err != nil || found != tree {
			return fmt.Errorf("entry %s: %w", number, err)
		}
	}
	old, err := t.growth(dir, tree)
	if err != nil {
		return err
	}
	fmt.Printf("%d entries under %v, grown from %d to %d\n", len(names), tree.Hash, old, tree.N)
	return nil
}

func (t *trust) files(receipt, entry string) (tree tlog.Tree, err error) {
	proof, err := os.ReadFile(receipt)
	if err != nil {
		return tree, err
	}
	content, err := os.ReadFile(entry)
	if err != nil {
		return tree, err
	}
	return t.receipt(proof, content)
}

func witness(file, name, seed, moment string) error {
	signed, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	secret, err := hex.DecodeString(seed)
	if err != nil {
		return err
	}
	timestamp, err := strconv.ParseUint(moment, 10, 64)
	if err != nil {
		return err
	}
	vkeys, longer, err := cosign(signed, name, secret, timestamp)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n\n%s", strings.Join(vkeys, "\n"), longer)
	return nil
}

func run(args []string) error {
	verb, believed := "", &trust{}
	flags := flag.NewFlagSet("gobundle", flag.ContinueOnError)
	flags.Func("log", "a vkey of the log", believed.addLog)
	flags.Func("before", "a vkey of the log under the name that it had before", believed.addBefore)
	flags.Func("witness", "the vkeys of one witness", believed.addWitness)
	flags.IntVar(&believed.quorum, "quorum", 0, "how many witnesses have to cosign")
	if len(args) > 0 {
		verb = args[0]
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
	}
	rest := flags.Args()
	if verb == "cosign" && len(rest) == 4 {
		return witness(rest[0], rest[1], rest[2], rest[3])
	}
	wanted := map[string]int{"bundle": 1, "receipt": 2, "checkpoint": 1}[verb]
	if wanted == 0 || len(rest) != wanted || len(believed.log) == 0 {
		return fmt.Errorf("usage: gobundle bundle|receipt|checkpoint -log VKEY [-witness VKEY,VKEY] [-quorum K] FILE")
	}
	var tree tlog.Tree
	var err error
	switch verb {
	case "bundle":
		return believed.bundle(rest[0])
	case "receipt":
		tree, err = believed.files(rest[0], rest[1])
	default:
		signed, failed := os.ReadFile(rest[0])
		if failed != nil {
			return failed
		}
		tree, err = believed.head(signed)
	}
	if err == nil {
		fmt.Printf("%d entries, root %v\n", tree.N, tree.Hash)
	}
	return err
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
