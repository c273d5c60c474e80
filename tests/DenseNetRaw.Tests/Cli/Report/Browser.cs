using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Report;

/// <summary>
/// A browser without a window, Debian's chromium, driven over W3C WebDriver (www.w3.org/TR/webdriver2).
/// </summary>
internal sealed partial class Browser : IDisposable
{
    private readonly Process _driver;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(5) };
    private readonly TemporaryFolder _profile = new();
    private string _session = "";

    private Browser(Process driver) => _driver = driver;

    /// <summary>Starts a browser; the test is ignored where there is none.</summary>
    public static Browser Start()
    {
        Assume.That(
            OnPath("chromedriver") && OnPath("chromium"),
            "needs chromium and chromedriver: apt-get install chromium chromium-driver");
        Process driver = Process.Start(new ProcessStartInfo("chromedriver", ["--port=0"])
        {
            RedirectStandardOutput = true,
        })!;
        Browser browser = new(driver);
        try
        {
            browser.Open();
            return browser;
        }
        catch
        {
            browser.Dispose();
            throw;
        }
    }

    /// <summary>Whether a program is found.</summary>
    public static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Opens a file at a width, in light or dark.</summary>
    public void Show(string file, int width, string scheme = "light", string media = "screen")
    {
        Chrome("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = width,
            ["height"] = 900,
            ["deviceScaleFactor"] = 1,
            ["mobile"] = false,
        });
        Chrome("Emulation.setEmulatedMedia", new JsonObject
        {
            ["media"] = media,
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }),
        });
        Send("url", new JsonObject { ["url"] = new Uri(file).AbsoluteUri });
    }

    /// <summary>Runs a script's body in the page and returns what it returns.</summary>
    public JsonNode? Run(string script) =>
        Send("execute/sync", new JsonObject { ["script"] = script, ["args"] = new JsonArray() });

    /// <summary>What a script finds wrong, a line each.</summary>
    public string[] Problems(string script) => [.. Run(script)!.AsArray().Select(line => line!.GetValue<string>())];

    /// <summary>The messages of the console since it was asked last.</summary>
    public string[] Console() =>
        [.. Send("se/log", new JsonObject { ["type"] = "browser" })!.AsArray().Select(line => line!.ToJsonString())];

    /// <summary>The page as it is printed, as PDF.</summary>
    public byte[] Print() => Convert.FromBase64String(Send("print", [])!.GetValue<string>());

    public void Dispose()
    {
        try
        {
            if (_session.Length > 0)
                _client.DeleteAsync(new Uri(_session)).Wait();
        }
        finally
        {
            _driver.Kill(entireProcessTree: true);
            _driver.WaitForExit();
            _driver.Dispose();
            _client.Dispose();
            _profile.Dispose();
        }
    }

    private void Open()
    {
        string? port = null;
        while (port is null && _driver.StandardOutput.ReadLine() is { } line)
            port = Port().Match(line) is { Success: true } match ? match.Groups[1].Value : null;
        _ = _driver.StandardOutput.ReadToEndAsync();
        _session = $"http://127.0.0.1:{port}/";
        JsonNode session = Send("session", new JsonObject
        {
            ["capabilities"] = new JsonObject
            {
                ["alwaysMatch"] = new JsonObject
                {
                    ["goog:chromeOptions"] = new JsonObject
                    {
                        ["args"] = new JsonArray(
                            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
                            $"--user-data-dir={_profile.FullName}"),
                    },
                    ["goog:loggingPrefs"] = new JsonObject { ["browser"] = "ALL" },
                },
            },
        })!;
        _session = $"{_session}session/{session["sessionId"]!.GetValue<string>()}/";
    }

    private void Chrome(string command, JsonObject parameters) =>
        Send("goog/cdp/execute", new JsonObject { ["cmd"] = command, ["params"] = parameters });

    /// <summary>Sends a command; the driver wants its length, which JsonContent does not say.</summary>
    private JsonNode? Send(string command, JsonObject body)
    {
        using StringContent content = new(body.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = _client.PostAsync(new Uri(_session + command), content).Result;
        JsonNode? json = JsonNode.Parse(answer.Content.ReadAsStringAsync().Result);
        return answer.IsSuccessStatusCode
            ? json!["value"]
            : throw new InvalidOperationException($"{command}: {json?.ToJsonString()}");
    }

    [GeneratedRegex(@"started successfully on port (\d+)")]
    private static partial Regex Port();
}
