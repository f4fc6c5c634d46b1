"""Where the model comes from: the Hub with and without a token, archives that may be hostile, folders."""

import json
import os
import stat
import tarfile
import zipfile

from world import ARN, TOKEN, World, targz

CONFIG = json.dumps({"architectures": ["BertModel"]}).encode()
MODEL = [("config.json", CONFIG), ("model.safetensors", b"weights")]


class Hub(World):
    def setUp(self):
        super().setUp()
        self.plan("hub", revision="0123abc", files={"config.json": CONFIG.decode(), "model.safetensors": "weights", "vocab.txt": "words"})
        self.plan("secrets", **{ARN: {"region": "eu-west-1", "value": TOKEN}})

    def hub(self, **named):
        return {"source": None, "hub_id": "org/model", "revision": "0123abc", **named}

    def test_a_snapshot_of_the_revision_is_what_the_exporter_gets(self):
        self.compile(**self.hub())
        self.assertEqual(self.calls("hub"), [{"id": "org/model", "revision": "0123abc", "token": None}])
        self.assertEqual(self.calls("optimum")[0]["source"], ["config.json", "model.safetensors", "vocab.txt"])
        self.assertEqual(self.manifest()["source"], {"hubId": "org/model", "revision": "0123abc"})

    def test_a_decoder_is_exported_from_a_folder_too(self):
        self.compile("decoder", **self.hub())
        self.assertEqual(self.calls("optimum")[0]["source"], ["config.json", "model.safetensors", "vocab.txt"])
        self.assertEqual([entry["path"] for entry in self.manifest()["files"]][0], "checkpoint/weights/tp0_sharded_checkpoint.safetensors")

    def test_the_token_is_the_downloads_alone_and_nowhere_to_be_read(self):
        self.plan("optimum", prints=[f"the exporter somehow knows {TOKEN} and hf_Secret%2BToken%2F42\n"])
        run = self.compile(**self.hub(token_secret=ARN))
        self.assertEqual(self.calls("hub")[0]["token"], TOKEN)
        self.assertIsNone(self.calls("optimum")[0]["env"]["HF_TOKEN"])
        self.assertIn("debug: authorization: bearer ***\n", run.out)
        self.assertIn("the exporter somehow knows *** and ***\n", run.out)
        self.assertNotIn("Secret", self.everything(run))

    def test_a_member_of_a_json_secret(self):
        self.plan("secrets", **{ARN: {"region": "eu-west-1", "value": json.dumps({"hub": TOKEN + "\n", "other": 1})}})
        run = self.compile(**self.hub(token_secret=ARN, token_field="hub"))
        self.assertEqual(self.calls("hub")[0]["token"], TOKEN)
        self.assertNotIn(TOKEN, self.everything(run))

    def test_secrets_that_hold_no_token(self):
        for value, field, message in (
            (json.dumps({"hub": TOKEN}), "other", f"the secret {ARN} is no JSON object with a member 'other'"),
            (TOKEN, "hub", f"the secret {ARN} is no JSON object with a member 'hub'"),
            (json.dumps([TOKEN]), "hub", f"the secret {ARN} is no JSON object with a member 'hub'"),
            (json.dumps({"hub": ""}), "hub", f"the secret {ARN} holds no token"),
            (json.dumps({"hub": {"a": TOKEN}}), "hub", f"the secret {ARN} holds no token"),
            ("  ", None, f"the secret {ARN} holds no token"),
            (None, None, f"the secret {ARN} holds no token"),
        ):
            with self.subTest(value=value, field=field):
                self.plan("secrets", **{ARN: {"region": "eu-west-1", "value": value}})
                run = self.refuse(**self.hub(token_secret=ARN, token_field=field))
                self.assertEqual(run.message, message)
                self.assertNotIn(TOKEN, self.everything(run))
        self.assertEqual(self.calls("hub"), [])

    def test_a_secret_that_the_role_may_not_read(self):
        self.plan("secrets")
        self.assertEqual(
            self.refuse(**self.hub(token_secret=ARN)).message,
            f"cannot read the secret {ARN} (AccessDeniedException: An error occurred (AccessDeniedException): not authorized). "
            "Allow the role of the job secretsmanager:GetSecretValue on it",
        )

    def test_a_token_in_the_artefact_is_not_stored(self):
        self.plan("optimum", writes={"config.json": json.dumps({"token": TOKEN})})
        run = self.refuse(**self.hub(token_secret=ARN))
        self.assertEqual(run.message, "the exporter wrote the token of the Hugging Face Hub into config.json: nothing is stored")

    def test_a_token_in_the_name_of_a_file_is_not_stored(self):
        self.plan("optimum", writes={f"{TOKEN}.txt": "x"})
        run = self.refuse(**self.hub(token_secret=ARN))
        self.assertEqual(run.message, "the exporter wrote the token of the Hugging Face Hub into the name of a file: nothing is stored")

    def test_a_secret_that_is_also_an_argument_is_not_in_the_manifest(self):
        self.plan("secrets", **{ARN: {"region": "eu-west-1", "value": "0123abc"}})
        self.compile(**self.hub(token_secret=ARN))
        self.assertEqual(self.manifest()["source"], {"hubId": "org/model", "revision": "***"})

    def test_a_token_across_the_blocks_that_are_read_is_found(self):
        from neuron_compile.artifact import BLOCK
        from neuron_compile.errors import CompileError
        from neuron_compile import artifact

        path = os.path.join(self.root, "large")
        for start in (BLOCK - len(TOKEN) + 1, BLOCK - 1, BLOCK, 3):
            with open(path, "wb") as file:
                file.write(b"x" * start + TOKEN.encode() + b"y")
            with self.assertRaises(CompileError):
                artifact.checksum(path, [TOKEN])
            self.assertEqual(artifact.checksum(path, ["another"])["size"], start + len(TOKEN) + 1)

    def errors(self, error, message, status=None, **named):
        with self.subTest(error=error, status=status):
            self.plan("hub", error=error, files={}, **({"status": status} if status else {}))
            run = self.refuse(**self.hub(**named))
            self.assertEqual(run.message, message)
            self.assertNotIn(TOKEN, self.everything(run))
            self.assertEqual(self.calls("optimum"), [])

    def test_what_the_hub_refuses_and_what_to_do(self):
        gated = (
            "the Hugging Face Hub refuses access to org/model (403). Accept the terms of the model on its page with the account of the token, "
        )
        self.errors("GatedRepoError", gated + "and give the token as a secret", 401)
        self.errors("GatedRepoError", gated + "and let the token read gated repositories", 403, token_secret=ARN)
        self.errors("HfHubHTTPError", gated + "and let the token read gated repositories", 403, token_secret=ARN)
        hidden = "the Hugging Face Hub does not show org/model ({}): it does not exist, or it is private. Check the name, "
        self.errors("RepositoryNotFoundError", hidden.format(404) + "or give a token as a secret", 404)
        self.errors("RepositoryNotFoundError", hidden.format(401) + "or give a token as a secret", 401)
        self.errors("HfHubHTTPError", hidden.format(401) + "and that the token is valid and may read it", 401, token_secret=ARN)
        self.errors("RevisionNotFoundError", "org/model has no revision 0123abc (404). Give a commit of this repository", 404)

    def test_no_way_to_the_hub(self):
        message = (
            "the Hugging Face Hub cannot be reached to download org/model. Give the subnets of the job a way to the internet, or copy the model to S3"
        )
        self.errors("LocalEntryNotFoundError", message)

    def test_other_errors_tell_themselves(self):
        self.errors(
            "HfHubHTTPError",
            "downloading org/model from the Hugging Face Hub ended with code 1\nHfHubHTTPError: HfHubHTTPError for org/model with ***", 500, token_secret=ARN,
        )

    def test_an_image_without_the_library_of_the_hub(self):
        self.packages = [self.folder("none")]
        with open(os.path.join(self.packages[0], "huggingface_hub.py"), "w", encoding="utf-8") as file:
            file.write("raise ImportError('No module named huggingface_hub')")
        self.assertEqual(
            self.refuse(**self.hub()).message,
            "this image has no huggingface_hub to download the model with: compile with a Hugging Face Neuron image, or copy the model to S3",
        )

    def test_an_image_without_boto3(self):
        self.packages = [self.folder("none"), *self.packages]
        with open(os.path.join(self.packages[0], "boto3.py"), "w", encoding="utf-8") as file:
            file.write("raise ImportError('No module named boto3')")
        self.assertEqual(
            self.refuse(**self.hub(token_secret=ARN)).message,
            "this image has no boto3 to read the token of the Hugging Face Hub with: use a SageMaker image",
        )

    def test_files_that_no_exporter_reads_stay_where_they_are(self):
        wanted = [
            "config.json", "model.safetensors", "2_Dense/pytorch_model.bin", "tokenizer/vocab.json", "unet/diffusion_pytorch_model.safetensors",
            "training_args.bin", "odd[1].txt",
        ]
        unwanted = [
            "pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "onnx/model.onnx", "onnx/config.json", "original/consolidated.00.pth", "rust_model.ot",
            "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.safetensors", "model.gguf", "openvino/openvino_model.xml", "odd[2].onnx",
        ]
        self.plan("hub", files={**dict.fromkeys([*wanted, *unwanted], "x"), "config.json": CONFIG.decode()})
        run = self.compile(**self.hub())
        self.assertEqual(self.calls("optimum")[0]["source"], sorted(wanted))
        self.assertIn("org/model at 0123abc: 19 files, of which 12 are not needed\n", run.out)

    def test_a_pipeline_in_one_file_is_not_needed_beside_its_components(self):
        from neuron_compile.download import unneeded

        files = ["model_index.json", "v1-5-pruned.safetensors", "v1-5-pruned.ckpt", "unet/diffusion_pytorch_model.safetensors"]
        self.assertEqual(unneeded(files), ["v1-5-pruned.ckpt", "v1-5-pruned.safetensors"])
        self.assertEqual(unneeded(files[1:]), ["v1-5-pruned.ckpt"])

    def test_the_path_of_the_exporter_says_clip_for_clip_only(self):
        self.compile("clip", **self.hub(hub_id="org/something"))
        self.compile("vision", **self.hub(hub_id="org/clip-unet", task="image-classification"))
        self.assertEqual([os.path.basename(call["argv"][1]) for call in self.calls("optimum")], ["clip", "model"])


class Folders(World):
    def source_of(self, run):
        del run
        return self.calls("optimum")[-1]["source"]

    def pack(self, members, name="model.tar.gz"):
        for old in os.listdir(self.source):
            os.unlink(os.path.join(self.source, old))
        targz(os.path.join(self.source, name), members)

    def test_files(self):
        self.model("text-encoder")
        self.assertEqual(self.source_of(self.compile()), ["config.json", "model.safetensors"])
        self.assertEqual(self.manifest()["source"], None)
        self.assertEqual(sorted(os.listdir(self.source)), ["config.json", "model.safetensors"])

    def test_one_archive(self):
        for name in ("model.tar.gz", "m.tgz"):
            self.pack([("./", None), ("./config.json", CONFIG), ("code/", None), ("code/inference.py", b"mine")], name)
            self.assertEqual(self.source_of(self.compile()), ["code/inference.py", "config.json"])
            self.assertEqual(self.archived()["code/inference.py"], "mine")

    def test_an_archive_beside_files_is_a_file(self):
        self.pack(MODEL)
        self.files(self.source, {"config.json": CONFIG.decode()})
        self.assertEqual(self.source_of(self.compile()), ["config.json", "model.tar.gz"])

    def test_a_zip(self):
        with zipfile.ZipFile(os.path.join(self.source, "asset.zip"), "w") as archive:
            archive.writestr("config.json", CONFIG)
            archive.writestr("empty/", "")
            archive.writestr("sub/vocab.txt", "words")
        self.assertEqual(self.source_of(self.compile()), ["config.json", "sub/vocab.txt"])

    def test_nothing(self):
        self.assertEqual(self.refuse().message, f"there is nothing in {self.source}: nothing was found at the S3 address of this input")

    def test_links_inside_become_copies(self):
        self.pack([
            *MODEL, ("blobs/vocab", b"words"), ("vocab.txt", (tarfile.SYMTYPE, "blobs/vocab")), ("hard", (tarfile.LNKTYPE, "blobs/vocab")),
            ("to/link", (tarfile.SYMTYPE, "../vocab.txt")), ("copy", (tarfile.SYMTYPE, "blobs")),
        ])
        self.assertEqual(self.source_of(self.compile()), ["blobs/vocab", "config.json", "copy/vocab", "hard", "model.safetensors", "to/link", "vocab.txt"])

    def test_members_outside_are_refused(self):
        outside = os.path.join(self.root, "evil")
        for member, shown in (
            ((outside, b"x"), outside), (("../evil", b"x"), "../evil"), (("a/../../evil", b"x"), "a/../../evil"), (("..", None), ".."),
            (("a\\..\\..\\evil", b"x"), "a\\..\\..\\evil"), (("out", (tarfile.SYMTYPE, outside)), outside), (("out", (tarfile.SYMTYPE, "../evil")), "../evil"),
            (("a/out", (tarfile.SYMTYPE, "../../evil")), "a/../../evil"), (("out", (tarfile.LNKTYPE, "../evil")), "../evil"),
        ):
            with self.subTest(member=member):
                self.pack([*MODEL, member])
                self.assertEqual(
                    self.refuse().message, f"model.tar.gz has a member outside of its folder: {shown!r}. Pack it again with relative paths",
                )
                self.assertFalse(os.path.exists(outside))

    def test_links_cannot_lead_later_members_outside(self):
        outside = self.folder("outside")
        self.pack([*MODEL, ("x", (tarfile.SYMTYPE, ".")), ("x/y", (tarfile.SYMTYPE, "..")), ("x/y/evil", b"x"), ("x/y/outside/evil", b"x")])
        self.compile_or_refuse()
        self.assertEqual(os.listdir(outside), [])
        self.assertFalse([path for path in (os.path.join(self.root, "evil"), os.path.join(self.root, "tmp", "evil")) if os.path.exists(path)])

    def compile_or_refuse(self):
        run = self.run_script(self.arguments())
        self.assertIn(run.code, (0, 1))

    def test_links_that_make_no_sense(self):
        self.pack([*MODEL, ("gone", (tarfile.SYMTYPE, "nothing"))])
        self.assertEqual(self.refuse().message, "model.tar.gz has a link that leads nowhere: 'gone'")
        self.pack([*MODEL, ("a", (tarfile.SYMTYPE, "b")), ("b", (tarfile.SYMTYPE, "a"))])
        self.assertEqual(self.refuse().message, "model.tar.gz has a link that leads nowhere: 'a'")
        self.pack([*MODEL, ("d/f", b"x"), ("d/up", (tarfile.SYMTYPE, ".."))])
        self.assertEqual(self.refuse().message, "model.tar.gz has a link to a folder around itself: 'up'")

    def test_devices_are_refused(self):
        self.pack([*MODEL, ("null", (tarfile.CHRTYPE, ""))])
        self.assertEqual(self.refuse().message, "model.tar.gz has a member that is neither file, folder nor link: 'null'")
        self.pack([*MODEL, ("pipe", (tarfile.FIFOTYPE, ""))])
        self.assertEqual(self.refuse().message, "model.tar.gz has a member that is neither file, folder nor link: 'pipe'")

    def test_zips_are_as_strict(self):
        path = os.path.join(self.source, "asset.zip")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../evil", "x")
        self.assertEqual(self.refuse().message, "asset.zip has a member outside of its folder: '../evil'. Pack it again with relative paths")
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(link, "/etc/passwd")
        self.assertEqual(self.refuse().message, "asset.zip has a link: 'link'. Pack it again without links")

    def test_broken_archives(self):
        for name, content in (("model.tar.gz", b"no gzip"), ("model.tar.gz", b""), ("asset.zip", b"no zip")):
            with self.subTest(name=name, content=content):
                for old in os.listdir(self.source):
                    os.unlink(os.path.join(self.source, old))
                with open(os.path.join(self.source, name), "wb") as file:
                    file.write(content)
                self.assertRegex(self.refuse().message, f"^{name} is not a readable archive: ")

    def test_a_truncated_archive(self):
        self.pack([*MODEL, ("large", os.urandom(100_000))])
        path = os.path.join(self.source, "model.tar.gz")
        os.truncate(path, os.path.getsize(path) // 2)
        self.assertRegex(self.refuse().message, "^model.tar.gz is not a readable archive: ")

    def test_inputs_beside_the_source_may_be_zips(self):
        self.model("text-encoder")
        operators = self.folder("operators")
        with zipfile.ZipFile(os.path.join(operators, "asset.zip"), "w") as archive:
            archive.writestr("relu.py", "x = 1")
        self.compile(custom_operators=operators)
        self.assertEqual(self.archived()["custom_operators/relu.py"], "x = 1")
