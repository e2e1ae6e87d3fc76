# The dependency layer is compiled for one processor; our own code runs on either.
resource "aws_lambda_layer_version" "dependencies" {
  layer_name               = "${local.name}-dependencies"
  description              = "What the functions import beyond Lambda's own runtime."
  filename                 = local.dependencies_archive
  source_code_hash         = fileexists(local.dependencies_archive) ? filebase64sha256(local.dependencies_archive) : null
  compatible_runtimes      = ["python3.13"]
  compatible_architectures = [var.architecture]

  lifecycle {
    precondition {
      condition     = fileexists(local.dependencies_archive)
      error_message = "${local.dependencies_archive} is missing: run `make build` first."
    }
  }
}

resource "aws_lambda_layer_version" "qlik_monitor" {
  layer_name          = "${local.name}-qlik-monitor"
  description         = "The agent itself: its domain and its adapters."
  filename            = local.qlik_monitor_archive
  source_code_hash    = fileexists(local.qlik_monitor_archive) ? filebase64sha256(local.qlik_monitor_archive) : null
  compatible_runtimes = ["python3.13"]

  lifecycle {
    precondition {
      condition     = fileexists(local.qlik_monitor_archive)
      error_message = "${local.qlik_monitor_archive} is missing: run `make build` first."
    }
  }
}

locals {
  dependencies_archive = "${local.build_folder}/layers/dependencies.zip"
  qlik_monitor_archive = "${local.build_folder}/layers/qlik_monitor.zip"
}
