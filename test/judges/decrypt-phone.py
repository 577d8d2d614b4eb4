"""Decrypts a MobileSync backup by the published algorithm and prints a line for each file: domain, path, size and SHA-256 as JSON.

A second implementation, to judge the first: PBKDF2 of hashlib (RFC 8018), key unwrap of RFC 3394 written out over bare AES, property lists
of plistlib, SQLite of sqlite3. Only AES itself comes from python3-cryptography. Exit code 3: the password does not open the keybag.

    decrypt-phone.py FOLDER PASSWORD
"""

import hashlib
import json
import pathlib
import plistlib
import sqlite3
import struct
import sys
import tempfile

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class WrongPassword(Exception):
    pass


def unwrap(kek, wrapped):
    """RFC 3394, section 2.2.2, by indices."""
    a = struct.unpack(">Q", wrapped[:8])[0]
    r = [wrapped[i : i + 8] for i in range(8, len(wrapped), 8)]
    n = len(r)
    for j in range(5, -1, -1):
        for i in range(n, 0, -1):
            ecb = Cipher(algorithms.AES(kek), modes.ECB()).decryptor()
            b = ecb.update(struct.pack(">Q", a ^ (n * j + i)) + r[i - 1]) + ecb.finalize()
            a = struct.unpack(">Q", b[:8])[0]
            r[i - 1] = b[8:]
    if a != 0xA6A6A6A6A6A6A6A6:
        raise WrongPassword
    return b"".join(r)


def cbc(key, data):
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def class_keys(bag, password):
    header, classes, at = {}, [], 0
    while at < len(bag):
        tag, length = bag[at : at + 4].decode(), struct.unpack(">I", bag[at + 4 : at + 8])[0]
        value, at = bag[at + 8 : at + 8 + length], at + 8 + length
        if tag == "UUID":
            if "UUID" in header:
                classes.append({})
            else:
                header[tag] = value
        elif classes:
            classes[-1][tag] = value
        else:
            header[tag] = value
    number = lambda value: int.from_bytes(value, "big")
    key = password.encode()
    if "DPSL" in header and "DPIC" in header:  # iOS 10.2 and later
        key = hashlib.pbkdf2_hmac("sha256", key, header["DPSL"], number(header["DPIC"]), 32)
    key = hashlib.pbkdf2_hmac("sha1", key, header["SALT"], number(header["ITER"]), 32)
    return {
        number(one["CLAS"]): unwrap(key, one["WPKY"])
        for one in classes
        if "WPKY" in one and number(one["WRAP"]) & 2 and number(one["WRAP"]) & 1 == 0
    }


def file_key(keys, blob):
    return unwrap(keys[struct.unpack("<I", blob[:4])[0]], blob[4:])


def from_database(folder, keys, manifest):
    data = (folder / "Manifest.db").read_bytes()
    if keys is not None and "ManifestKey" in manifest:
        data = cbc(file_key(keys, manifest["ManifestKey"]), data)
    with tempfile.NamedTemporaryFile(suffix=".db") as place:
        place.write(data)
        place.flush()
        rows = sqlite3.connect(place.name).execute("SELECT fileID, domain, relativePath, file FROM Files WHERE flags = 1")
        for name, domain, path, record in rows.fetchall():
            objects = plistlib.loads(record)["$objects"]
            root = objects[1]
            key = objects[root["EncryptionKey"].data]["NS.data"] if "EncryptionKey" in root else None
            yield folder / name[:2] / name, domain, path, root["Size"], key


def from_mbdb(folder):
    data, at = (folder / "Manifest.mbdb").read_bytes(), 6

    def text():
        nonlocal at
        length = struct.unpack(">H", data[at : at + 2])[0]
        at += 2
        if length == 0xFFFF:
            return None
        at += length
        return data[at - length : at]

    while at < len(data):
        domain, path, _target, _digest, key = text(), text(), text(), text(), text()
        mode, size, properties = *struct.unpack(">H", data[at : at + 2]), *struct.unpack(">Q", data[at + 30 : at + 38]), data[at + 39]
        at += 40
        for _ in range(properties * 2):
            text()
        if mode & 0o170000 == 0o100000:
            name = hashlib.sha1(domain + b"-" + path).hexdigest()
            yield folder / name, domain.decode(), path.decode(), size, key


def main(place, password):
    folder = pathlib.Path(place)
    manifest = plistlib.loads((folder / "Manifest.plist").read_bytes())
    keys = class_keys(manifest["BackupKeyBag"], password) if manifest.get("IsEncrypted") else None
    files = from_database(folder, keys, manifest) if (folder / "Manifest.db").exists() else from_mbdb(folder)
    for stored, domain, path, size, key in files:
        if not stored.exists():
            continue
        data = stored.read_bytes()
        if keys is not None and key is not None:
            data = cbc(file_key(keys, key), data)[:size]
        print(json.dumps({"domain": domain, "path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}))


try:
    main(*sys.argv[1:3])
except WrongPassword:
    sys.exit(3)
