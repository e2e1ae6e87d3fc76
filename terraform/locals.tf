data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

locals {
  # Names every resource, so that several stacks fit into one account.
  name = "${var.name_prefix}-${var.environment}"

  tags = merge(
    { Application = "qlik-replication-monitor", Stack = local.name },
    var.tags,
  )

  repository   = "${path.module}/.."
  build_folder = coalesce(var.build_folder, "${local.repository}/build/${var.architecture}")

  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.name
  partition = data.aws_partition.current.partition

  # Spelled out rather than read from the resource: approval_api answers executions of the state
  # machine, and the state machine needs the functions' ARNs.
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${local.name}"

  metrics_namespace = "QlikReplication"
  cycle_minutes     = var.monitoring_interval_seconds / 60
}

check "stuck_tasks_are_seen_twice" {
  assert {
    condition     = var.stuck_task_threshold_seconds >= var.monitoring_interval_seconds
    error_message = "stuck_task_threshold_seconds is shorter than monitoring_interval_seconds: two readings in a row without progress already count as stuck."
  }
}
