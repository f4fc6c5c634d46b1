import type {
  CreateModelPackageGroupInput, CreateModelPackageInput, DeleteModelPackageGroupInput, DeleteModelPackageInput, DescribeModelPackageGroupInput,
  DescribeModelPackageInput, ListModelPackagesInput, ModelPackageContainerDefinition, UpdateModelPackageInput,
} from '@aws-sdk/client-sagemaker';
import { list, type ListInput } from './lists';
import { checkNewTags, putTags } from './tags';
import { invalid, ServiceError } from '../errors';
import { sagemakerArn, timestamp, type CallContext, type Operation } from '../service';
import type { ModelPackageGroupRecord, ModelPackageRecord } from '../state';

/** The registry of models: groups, and their versions. */

/** What is behind the resource type of an ARN, or the name itself. */
function plainName(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:[^/]*\//, '');
}

const groupArn = (context: CallContext, nameOrArn: string): string => sagemakerArn(context, 'model-package-group', plainName(nameOrArn));
const packageArn = (context: CallContext, nameOrArn: string): string => sagemakerArn(context, 'model-package', plainName(nameOrArn));

/** Refused with words of ours, as everything about a group or package that is not there. */
function groupOf(context: CallContext, nameOrArn: string): ModelPackageGroupRecord {
  const arn = groupArn(context, nameOrArn);
  const found = context.state.modelPackageGroups.get(arn);
  if (!found) throw invalid(`ModelPackageGroup ${arn} does not exist.`);
  return found;
}

function packageOf(context: CallContext, nameOrArn: string): ModelPackageRecord {
  const arn = packageArn(context, nameOrArn);
  const found = context.state.modelPackages.get(arn);
  if (!found) throw invalid(`ModelPackage ${arn} does not exist.`);
  return found;
}

/** The package that the same token made before (`ClientToken`: "guarantees that the call to this API is idempotent"). */
function repeated(context: CallContext, { ClientToken: token }: CreateModelPackageInput): ModelPackageRecord | undefined {
  return token === undefined ? undefined : [...context.state.modelPackages.values()].find((one) => one.input.ClientToken === token);
}

/** The ARN that a creation has, or would have: versions count 1, 2, 3. */
function arnToBe(context: CallContext, input: CreateModelPackageInput): string | undefined {
  const before = repeated(context, input);
  if (before) return before.arn;
  const { ModelPackageGroupName: group, ModelPackageName: name } = input;
  if (group === undefined) return name === undefined ? undefined : packageArn(context, name);
  const versions = context.state.modelPackageGroups.get(groupArn(context, group))?.versions ?? 0;
  return packageArn(context, `${plainName(group)}/${versions + 1}`);
}

function checkContainer({ ModelDataUrl, ModelDataSource }: ModelPackageContainerDefinition): void {
  if (ModelDataUrl !== undefined && ModelDataSource !== undefined) throw invalid('Cannot specify both ModelDataUrl and ModelDataSource in one container definition.');
}

/** The first two texts are in moto pull request 7165, of real calls. */
function check(context: CallContext, input: CreateModelPackageInput): ModelPackageGroupRecord | undefined {
  const { ModelPackageName: name, ModelPackageGroupName: group, Tags: tags = [] } = input;
  if (name === undefined && group === undefined) throw invalid('Missing ARN.');
  if (name !== undefined && group !== undefined) {
    throw invalid('Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.');
  }
  const record = group === undefined ? undefined : groupOf(context, group);
  // "Uses the tags associated with the model group. In this case, you cannot supply a tag argument" (API reference).
  if (record && tags.length > 0) throw invalid('Tags cannot be given for a model package with ModelPackageGroupName: it has those of its group.');
  // "Does not apply to unversioned models" (API reference).
  if (!record && input.ModelApprovalStatus !== undefined) throw invalid('ModelApprovalStatus cannot be given for a model package without ModelPackageGroupName.');
  if (input.InferenceSpecification === undefined && input.SourceAlgorithmSpecification === undefined && input.SourceUri === undefined) {
    throw invalid('Specify InferenceSpecification, SourceAlgorithmSpecification or SourceUri.');
  }
  input.InferenceSpecification?.Containers?.forEach(checkContainer);
  checkNewTags(tags);
  if (name !== undefined && context.state.modelPackages.has(packageArn(context, name))) {
    throw invalid(`Cannot create already existing model package "${packageArn(context, name)}".`);
  }
  return record;
}

function create(context: CallContext, input: CreateModelPackageInput): object {
  const before = repeated(context, input);
  if (before) return { ModelPackageArn: before.arn };
  const group = check(context, input);
  const arn = arnToBe(context, input)!;
  if (group) group.versions += 1;
  const created = context.clock.now();
  context.state.modelPackages.set(arn, {
    name: group?.name ?? input.ModelPackageName!, arn, created, modified: created, group: group?.name, version: group?.versions, input,
  });
  putTags(context, arn, input.Tags);
  return { ModelPackageArn: arn };
}

/** The status that is in force: the console and the guides show PendingManualApproval for a version that was given none. */
function approval(record: ModelPackageRecord): string | undefined {
  return record.group === undefined ? undefined : record.input.ModelApprovalStatus ?? 'PendingManualApproval';
}

function described(record: ModelPackageRecord): object {
  const { Tags: _tags, ClientToken: _token, ...input } = record.input;
  return {
    ...input,
    ModelPackageName: record.name,
    ModelPackageGroupName: record.group,
    ModelPackageVersion: record.version,
    ModelPackageArn: record.arn,
    CreationTime: timestamp(record.created),
    LastModifiedTime: timestamp(record.modified),
    ModelPackageStatus: 'Completed',
    ModelPackageStatusDetails: { ValidationStatuses: [] },
    ModelApprovalStatus: approval(record),
    ApprovalDescription: record.approvalDescription,
  };
}

function summary(record: ModelPackageRecord): object {
  return {
    // Of a version there is no name here (sagemaker-python-sdk issue 5606).
    ...record.group === undefined && { ModelPackageName: record.name },
    ModelPackageGroupName: record.group,
    ModelPackageVersion: record.version,
    ModelPackageArn: record.arn,
    ModelPackageDescription: record.input.ModelPackageDescription,
    CreationTime: timestamp(record.created),
    ModelPackageStatus: 'Completed',
    ModelApprovalStatus: approval(record),
  };
}

function deleteGroup(context: CallContext, name: string): void {
  const group = groupOf(context, name);
  const versions = [...context.state.modelPackages.values()].filter((one) => one.group === group.name);
  if (versions.length > 0) throw new ServiceError('ConflictException', `Model package group ${group.arn} cannot be deleted: it still has model packages.`);
  context.state.modelPackageGroups.delete(group.arn);
  context.state.tags.delete(group.arn);
}

const ofGroup = (context: CallContext, { ModelPackageGroupName: name }: { ModelPackageGroupName?: string }): string[] => [groupArn(context, name!)];
const ofPackage = (context: CallContext, { ModelPackageName: name }: { ModelPackageName?: string }): string[] => [packageArn(context, name!)];

export const MODEL_PACKAGE_OPERATIONS: Record<string, Operation> = {
  CreateModelPackageGroup: {
    run(context, input: CreateModelPackageGroupInput) {
      const arn = groupArn(context, input.ModelPackageGroupName!);
      if (context.state.modelPackageGroups.has(arn)) throw invalid(`Model Package Group already exists: ${arn}`);
      checkNewTags(input.Tags);
      context.state.modelPackageGroups.set(arn, { name: input.ModelPackageGroupName!, arn, created: context.clock.now(), versions: 0, input });
      putTags(context, arn, input.Tags);
      return { ModelPackageGroupArn: arn };
    },
    resources: ofGroup,
    alsoChecked: (context, input: CreateModelPackageGroupInput) =>
      (input.Tags ?? []).length === 0 ? [] : [{ action: 'sagemaker:AddTags', resources: ofGroup(context, input) }],
  },
  DescribeModelPackageGroup: {
    run(context, input: DescribeModelPackageGroupInput) {
      const { name, arn, created, input: { ModelPackageGroupDescription } } = groupOf(context, input.ModelPackageGroupName!);
      return {
        ModelPackageGroupName: name,
        ModelPackageGroupArn: arn,
        ModelPackageGroupDescription,
        CreationTime: timestamp(created),
        CreatedBy: {},
        ModelPackageGroupStatus: 'Completed',
      };
    },
    resources: ofGroup,
  },
  DeleteModelPackageGroup: { run: (context, input: DeleteModelPackageGroupInput) => deleteGroup(context, input.ModelPackageGroupName!), resources: ofGroup },
  ListModelPackageGroups: {
    run(context, input: ListInput) {
      const { items, next } = list(context.state.modelPackageGroups.values(), input);
      return {
        ModelPackageGroupSummaryList: items.map(({ name, arn, created, input: { ModelPackageGroupDescription } }) => ({
          ModelPackageGroupName: name, ModelPackageGroupArn: arn, ModelPackageGroupDescription, CreationTime: timestamp(created), ModelPackageGroupStatus: 'Completed',
        })),
        NextToken: next,
      };
    },
    resources: () => ['*'],
  },
  CreateModelPackage: {
    run: create,
    resources: (context, input: CreateModelPackageInput) => [
      ...input.ModelPackageGroupName === undefined ? [] : [groupArn(context, input.ModelPackageGroupName)],
      ...[arnToBe(context, input)].filter((arn) => arn !== undefined),
    ],
    alsoChecked: (context, input: CreateModelPackageInput) =>
      (input.Tags ?? []).length === 0 ? [] : [{ action: 'sagemaker:AddTags', resources: [arnToBe(context, input)].filter((arn) => arn !== undefined) }],
  },
  DescribeModelPackage: { run: (context, input: DescribeModelPackageInput) => described(packageOf(context, input.ModelPackageName!)), resources: ofPackage },
  UpdateModelPackage: {
    run(context, input: UpdateModelPackageInput) {
      const record = packageOf(context, input.ModelPackageArn!);
      if (input.ModelApprovalStatus !== undefined && record.group === undefined) throw invalid('ModelApprovalStatus cannot be given for a model package without ModelPackageGroupName.');
      const { ModelPackageArn: _arn, ClientToken: _token, ApprovalDescription: approvalDescription, CustomerMetadataPropertiesToRemove: removed = [], ...changes } = input;
      if (changes.AdditionalInferenceSpecificationsToAdd) throw invalid('AdditionalInferenceSpecificationsToAdd is not known to the stand-in.');
      const metadata = Object.entries({ ...record.input.CustomerMetadataProperties, ...changes.CustomerMetadataProperties }).filter(([key]) => !removed.includes(key));
      record.input = { ...record.input, ...changes, ...metadata.length > 0 && { CustomerMetadataProperties: Object.fromEntries(metadata) } };
      record.approvalDescription = approvalDescription ?? record.approvalDescription;
      record.modified = context.clock.now();
      return { ModelPackageArn: record.arn };
    },
    resources: (context, input: UpdateModelPackageInput) => [packageArn(context, input.ModelPackageArn!)],
  },
  ListModelPackages: {
    run(context, { ModelPackageGroupName: group, ModelPackageType: type, ModelApprovalStatus: status, ...input }: ListModelPackagesInput) {
      const groupName = group === undefined ? undefined : groupOf(context, group).name;
      // Of a group its versions; else "unversioned is the default" (API reference).
      const wanted = group !== undefined ? 'Versioned' : type ?? 'Unversioned';
      const found = [...context.state.modelPackages.values()].filter((one) =>
        (wanted === 'Both' || (wanted === 'Versioned') === (one.group !== undefined))
        && (groupName === undefined || one.group === groupName)
        && (status === undefined || approval(one) === status));
      const { items, next } = list(found, input as ListInput);
      return { ModelPackageSummaryList: items.map(summary), NextToken: next };
    },
    resources: (context, input: ListModelPackagesInput) => (input.ModelPackageGroupName === undefined ? ['*'] : [groupArn(context, input.ModelPackageGroupName)]),
  },
  DeleteModelPackage: {
    run(context, input: DeleteModelPackageInput) {
      const { arn } = packageOf(context, input.ModelPackageName!);
      context.state.modelPackages.delete(arn);
      context.state.tags.delete(arn);
    },
    resources: ofPackage,
  },
};
