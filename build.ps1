# Builds DenseNetRaw and passes further words on:
#   ./build.ps1                 builds and says what it found
#   ./build.ps1 test [FILTER]   builds and runs every test, or those whose full name contains FILTER
#   ./build.ps1 train [FLAGS]   builds and runs `densenet train`; likewise every other sub-command
$ErrorActionPreference = 'Stop'
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
Push-Location $PSScriptRoot
try {
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
        Write-Error "build.ps1: the .NET SDK of global.json is needed and 'dotnet' is not on the PATH"
    }

    $log = dotnet build DenseNetRaw.sln --configuration Release --verbosity quiet -clp:NoSummary 2>&1
    if ($LASTEXITCODE -ne 0) { $log | Write-Output; exit 1 }
    # A launcher, because the program must lie beside its libraries.
    Set-Content 'artifacts/bin/densenet.cmd' '@"%~dp0DenseNetRaw.Cli\release\densenet.exe" %*'
    $program = if ($IsWindows -or $env:OS -eq 'Windows_NT') { 'densenet.exe' } else { 'densenet' }
    $densenet = "artifacts/bin/DenseNetRaw.Cli/release/$program"
    $words = @($args)
    if ($words.Count -eq 0) {
        "SDK        $(dotnet --version)"
        foreach ($tool in 'g++', 'nvcc', 'nvidia-smi') {
            $place = Get-Command $tool -ErrorAction SilentlyContinue
            "{0,-10} {1}" -f $tool, $(if ($place) { $place.Source } else { 'not found' })
        }
        & $densenet devices
    }
    elseif ($words[0] -eq 'test') {
        $filter = if ($words.Count -gt 1) { @('--filter', "FullyQualifiedName~$($words[1])") } else { @() }
        dotnet artifacts/bin/DenseNetRaw.Tests/release/DenseNetRaw.Tests.dll --progress off --no-ansi @filter
    }
    else { & $densenet @words }
    exit $LASTEXITCODE
}
finally { Pop-Location }
