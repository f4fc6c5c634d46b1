package consumer;

import io.github.cdkaccelerators.AcceleratorInstance;
import io.github.cdkaccelerators.CompilationShapes;
import io.github.cdkaccelerators.EndpointVariant;
import io.github.cdkaccelerators.EndpointVariantProps;
import io.github.cdkaccelerators.HuggingFaceSourceOptions;
import io.github.cdkaccelerators.InferenceEndpoint;
import io.github.cdkaccelerators.MigrationGate;
import io.github.cdkaccelerators.MigrationLimits;
import io.github.cdkaccelerators.ModelProfile;
import io.github.cdkaccelerators.ModelSource;
import io.github.cdkaccelerators.NeuronCompilation;
import io.github.cdkaccelerators.NeuronCompilationProps;
import io.github.cdkaccelerators.NeuronPrecision;
import io.github.cdkaccelerators.ServedModel;
import io.github.cdkaccelerators.ServedModelOptions;
import io.github.cdkaccelerators.ServingImage;
import io.github.cdkaccelerators.ServingSettings;
import io.github.cdkaccelerators.ShiftPlan;
import io.github.cdkaccelerators.ShiftPlanOptions;
import io.github.cdkaccelerators.TextEncoderShapes;
import io.github.cdkaccelerators.TrafficMigration;
import io.github.cdkaccelerators.TrafficMigrationProps;
import io.github.cdkaccelerators.VariantScaling;
import java.util.List;
import software.amazon.awscdk.AppProps;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;

/** examples/embeddings in Java: the same ids and props as stack.ts. */
public final class App {
    private App() {
    }

    public static void main(final String[] args) {
        final software.amazon.awscdk.App app = new software.amazon.awscdk.App(
            AppProps.builder().outdir(System.getenv("CDK_OUTDIR")).build());
        final ModelSource source = ModelSource.huggingFace("BAAI/bge-base-en-v1.5", HuggingFaceSourceOptions.builder()
            .revision("a5beb1e3e68b9ab74eb54cfd186867f64f240e1a")
            .profile(ModelProfile.builder().parametersBillion(0.109).bytesPerParameter(4).build())
            .build());

        final Stack modelStack = new Stack(app, "EmbeddingsModel", StackProps.builder()
            .env(Environment.builder().region("us-east-1").build())
            .description("BAAI/bge-base-en-v1.5 compiled for Inferentia2")
            .build());
        final NeuronCompilation compiled = new NeuronCompilation(modelStack, "Compile", NeuronCompilationProps.builder()
            .source(source)
            .task("feature-extraction")
            .shapes(CompilationShapes.textEncoder(TextEncoderShapes.builder().batchSize(4).sequenceLength(128).build()))
            .precision(NeuronPrecision.BF16_MATMUL)
            .servingImage(ServingImage.HF_INFERENCE_2_8_NEURONX)
            .build());

        final Stack stack = new Stack(app, "EmbeddingsExample", StackProps.builder()
            .env(Environment.builder().region("us-east-1").build())
            .description("BAAI/bge-base-en-v1.5 on ml.g5.xlarge and ml.inf2.xlarge")
            .build());

        final InferenceEndpoint endpoint = new InferenceEndpoint(stack, "Embeddings");
        final EndpointVariant gpu = endpoint.addVariant("gpu", EndpointVariantProps.builder()
            .model(ServedModel.onGpu(source, ServedModelOptions.builder()
                .image(ServingImage.HF_INFERENCE_2_6_GPU)
                .settings(ServingSettings.builder().task("feature-extraction").build())
                .build()))
            .instanceType(AcceleratorInstance.G5_XLARGE)
            .weight(1)
            .scaling(VariantScaling.builder().minInstances(2).maxInstances(8).invocationsPerInstance(900).build())
            .build());
        final EndpointVariant inferentia2 = endpoint.addVariant("inferentia2", EndpointVariantProps.builder()
            .model(ServedModel.onNeuron(compiled))
            .instanceType(AcceleratorInstance.INF2_XLARGE)
            .weight(0)
            .scaling(VariantScaling.builder().minInstances(1).maxInstances(6).invocationsPerInstance(1800).build())
            .build());
        new TrafficMigration(stack, "Migration", TrafficMigrationProps.builder()
            .migrationName("embeddings-to-inferentia2")
            .from(gpu)
            .to(inferentia2)
            .plan(ShiftPlan.steps(List.of(5, 10, 25, 50, 80), ShiftPlanOptions.builder()
                .dwell(Duration.minutes(10))
                .bake(Duration.minutes(30))
                .build()))
            .limits(MigrationLimits.builder().latencyIncrease(0.25).errorRatio(2).build())
            .fallbackWindow(Duration.days(1))
            .gates(List.of(MigrationGate.unmeasuredVersion("this example is deployed to be looked at: nobody is served")))
            .build());
        app.synth();
    }
}
