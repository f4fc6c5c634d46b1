// examples/embeddings in Go: the same ids and props as stack.ts.
package main

import (
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	accelerators "github.com/cdk-accelerators/cdk-accelerators-go/cdkaccelerators"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(os.Getenv("CDK_OUTDIR"))})
	source := accelerators.ModelSource_HuggingFace(jsii.String("BAAI/bge-base-en-v1.5"), &accelerators.HuggingFaceSourceOptions{
		Revision: jsii.String("a5beb1e3e68b9ab74eb54cfd186867f64f240e1a"),
		Profile:  &accelerators.ModelProfile{ParametersBillion: jsii.Number(0.109), BytesPerParameter: jsii.Number(4)},
	})

	modelStack := awscdk.NewStack(app, jsii.String("EmbeddingsModel"), &awscdk.StackProps{
		Env:         &awscdk.Environment{Region: jsii.String("us-east-1")},
		Description: jsii.String("BAAI/bge-base-en-v1.5 compiled for Inferentia2"),
	})
	compiled := accelerators.NewNeuronCompilation(modelStack, jsii.String("Compile"), &accelerators.NeuronCompilationProps{
		Source: source,
		Task:   jsii.String("feature-extraction"),
		Shapes: accelerators.CompilationShapes_TextEncoder(&accelerators.TextEncoderShapes{
			BatchSize:      jsii.Number(4),
			SequenceLength: jsii.Number(128),
		}),
		Precision:    accelerators.NeuronPrecision_BF16_MATMUL(),
		ServingImage: accelerators.ServingImage_HF_INFERENCE_2_8_NEURONX(),
	})

	stack := awscdk.NewStack(app, jsii.String("EmbeddingsExample"), &awscdk.StackProps{
		Env:         &awscdk.Environment{Region: jsii.String("us-east-1")},
		Description: jsii.String("BAAI/bge-base-en-v1.5 on ml.g5.xlarge and ml.inf2.xlarge"),
	})

	endpoint := accelerators.NewInferenceEndpoint(stack, jsii.String("Embeddings"), nil)
	gpu := endpoint.AddVariant(jsii.String("gpu"), &accelerators.EndpointVariantProps{
		Model: accelerators.ServedModel_OnGpu(source, &accelerators.ServedModelOptions{
			Image:    accelerators.ServingImage_HF_INFERENCE_2_6_GPU(),
			Settings: &accelerators.ServingSettings{Task: jsii.String("feature-extraction")},
		}),
		InstanceType: accelerators.AcceleratorInstance_G5_XLARGE(),
		Weight:       jsii.Number(1),
		Scaling: &accelerators.VariantScaling{
			MinInstances:           jsii.Number(2),
			MaxInstances:           jsii.Number(8),
			InvocationsPerInstance: jsii.Number(900),
		},
	})
	inferentia2 := endpoint.AddVariant(jsii.String("inferentia2"), &accelerators.EndpointVariantProps{
		Model:        accelerators.ServedModel_OnNeuron(compiled, nil),
		InstanceType: accelerators.AcceleratorInstance_INF2_XLARGE(),
		Weight:       jsii.Number(0),
		Scaling: &accelerators.VariantScaling{
			MinInstances:           jsii.Number(1),
			MaxInstances:           jsii.Number(6),
			InvocationsPerInstance: jsii.Number(1800),
		},
	})
	accelerators.NewTrafficMigration(stack, jsii.String("Migration"), &accelerators.TrafficMigrationProps{
		MigrationName: jsii.String("embeddings-to-inferentia2"),
		From:          gpu,
		To:            inferentia2,
		Plan: accelerators.ShiftPlan_Steps(&[]*float64{jsii.Number(5), jsii.Number(10), jsii.Number(25), jsii.Number(50), jsii.Number(80)}, &accelerators.ShiftPlanOptions{
			Dwell: awscdk.Duration_Minutes(jsii.Number(10)),
			Bake:  awscdk.Duration_Minutes(jsii.Number(30)),
		}),
		Limits:         &accelerators.MigrationLimits{LatencyIncrease: jsii.Number(0.25), ErrorRatio: jsii.Number(2)},
		FallbackWindow: awscdk.Duration_Days(jsii.Number(1)),
		Gates:          &[]accelerators.MigrationGate{accelerators.MigrationGate_UnmeasuredVersion(jsii.String("this example is deployed to be looked at: nobody is served"))},
	})
	app.Synth(nil)
}
