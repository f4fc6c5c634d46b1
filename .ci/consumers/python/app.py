"""examples/embeddings in Python: the same ids and props as stack.ts."""

import os

from aws_cdk import App, Duration, Environment, Stack
from cdk_accelerators import (
    AcceleratorInstance,
    CompilationShapes,
    InferenceEndpoint,
    MigrationGate,
    MigrationLimits,
    ModelProfile,
    ModelSource,
    NeuronCompilation,
    NeuronPrecision,
    ServedModel,
    ServingImage,
    ServingSettings,
    ShiftPlan,
    TrafficMigration,
    VariantScaling,
)

app = App(outdir=os.environ["CDK_OUTDIR"])
source = ModelSource.hugging_face(
    "BAAI/bge-base-en-v1.5",
    revision="a5beb1e3e68b9ab74eb54cfd186867f64f240e1a",
    profile=ModelProfile(parameters_billion=0.109, bytes_per_parameter=4),
)

model_stack = Stack(
    app,
    "EmbeddingsModel",
    env=Environment(region="us-east-1"),
    description="BAAI/bge-base-en-v1.5 compiled for Inferentia2",
)
compiled = NeuronCompilation(
    model_stack,
    "Compile",
    source=source,
    task="feature-extraction",
    shapes=CompilationShapes.text_encoder(batch_size=4, sequence_length=128),
    precision=NeuronPrecision.BF16_MATMUL,
    serving_image=ServingImage.HF_INFERENCE_2_8_NEURONX,
)

stack = Stack(
    app,
    "EmbeddingsExample",
    env=Environment(region="us-east-1"),
    description="BAAI/bge-base-en-v1.5 on ml.g5.xlarge and ml.inf2.xlarge",
)
endpoint = InferenceEndpoint(stack, "Embeddings")
gpu = endpoint.add_variant(
    "gpu",
    model=ServedModel.on_gpu(
        source,
        image=ServingImage.HF_INFERENCE_2_6_GPU,
        settings=ServingSettings(task="feature-extraction"),
    ),
    instance_type=AcceleratorInstance.G5_XLARGE,
    weight=1,
    scaling=VariantScaling(
        min_instances=2, max_instances=8, invocations_per_instance=900
    ),
)
inferentia2 = endpoint.add_variant(
    "inferentia2",
    model=ServedModel.on_neuron(compiled),
    instance_type=AcceleratorInstance.INF2_XLARGE,
    weight=0,
    scaling=VariantScaling(
        min_instances=1, max_instances=6, invocations_per_instance=1800
    ),
)
TrafficMigration(
    stack,
    "Migration",
    migration_name="embeddings-to-inferentia2",
    from_=gpu,
    to=inferentia2,
    plan=ShiftPlan.steps(
        [5, 10, 25, 50, 80],
        dwell=Duration.minutes(10),
        bake=Duration.minutes(30),
    ),
    limits=MigrationLimits(latency_increase=0.25, error_ratio=2),
    fallback_window=Duration.days(1),
    gates=[
        MigrationGate.unmeasured_version(
            "this example is deployed to be looked at: nobody is served"
        )
    ],
)
app.synth()
