module consumer

go 1.25

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.270.0
	github.com/aws/jsii-runtime-go v1.140.0
	github.com/cdk-accelerators/cdk-accelerators-go/cdkaccelerators v0.0.0
)

// packed/ is put beside this file by .ci/checks/consumers.sh.
replace github.com/cdk-accelerators/cdk-accelerators-go/cdkaccelerators => ./packed
