package main

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// trust is whom the command line says to believe: every key of the log, and quorum of the witnesses.
type trust struct {
	log       []note.Verifier
	witnesses [][]note.Verifier // one row a witness, with all of its keys
	quorum    int
	before    *trust // the same log under an earlier name, of which the earlier checkpoint is; nil where it has none
}

// addBefore takes one key of the log under that name.
func (t *trust) addBefore(vkey string) error {
	if t.before == nil {
		t.before = &trust{} // the witnesses of today may not have been there
	}
	return t.before.addLog(vkey)
}

// addLog takes one key of the log.
func (t *trust) addLog(vkey string) error {
	made, err := newVerifier(vkey)
	if err == nil && len(t.log) > 0 && made.Name() != t.log[0].Name() {
		err = fmt.Errorf("keys of two logs: %s, %s", t.log[0].Name(), made.Name())
	}
	t.log = append(t.log, made)
	return err
}

// addWitness takes the keys of one witness, with commas between.
func (t *trust) addWitness(vkeys string) error {
	var keys []note.Verifier
	for vkey := range strings.SplitSeq(vkeys, ",") {
		made, err := newVerifier(vkey)
		if err != nil {
			return err
		}
		keys = append(keys, made)
	}
	t.witnesses = append(t.witnesses, keys)
	return nil
}

// dated says whether a line states a time; one without is no word of when the tree stood.
func dated(line note.Signature) bool {
	raw, err := base64.StdEncoding.DecodeString(line.Base64)
	return err == nil && len(raw) >= 12 && slices.ContainsFunc(raw[4:12], func(b byte) bool { return b != 0 })
}

func signedBy(key note.Verifier, lines []note.Signature, count func(note.Signature) bool) bool {
	return slices.ContainsFunc(lines, func(line note.Signature) bool {
		return line.Name == key.Name() && line.Hash == key.KeyHash() && count(line)
	})
}

// head is what a checkpoint says that every key of the log and enough witnesses signed.
func (t *trust) head(signed []byte) (tree tlog.Tree, err error) {
	opened, err := note.Open(signed, note.VerifierList(slices.Concat(append(t.witnesses, t.log)...)...))
	if err != nil {
		return tree, err
	}
	origin, tree, err := parse(opened.Text)
	if err != nil {
		return tree, err
	}
	for _, key := range t.log {
		if origin != key.Name() || !signedBy(key, opened.Sigs, func(note.Signature) bool { return true }) {
			return tree, fmt.Errorf("key %08x of %s did not sign the checkpoint of %s", key.KeyHash(), key.Name(), origin)
		}
	}
	found := 0
	for _, keys := range t.witnesses {
		if slices.ContainsFunc(keys, func(key note.Verifier) bool { return signedBy(key, opened.Sigs, dated) }) {
			found++
		}
	}
	if found < t.quorum {
		return tree, fmt.Errorf("%d of %d witnesses cosigned, %d wanted", found, len(t.witnesses), t.quorum)
	}
	return tree, nil
}
