<?php
// Loaded into PHP by `grantscope run`: streams without a context of their own then go through the proxy of HTTPS_PROXY.
//
// curl needs no help of this kind. A file that this one hides, named by `auto_prepend_file` in another ini, is loaded too.
// Nothing is printed, and nothing else is changed.

call_user_func(function () {
    $proxy = parse_url((string) (getenv('HTTPS_PROXY') ?: getenv('https_proxy')));
    if (isset($proxy['host'], $proxy['port'])) {
        $through = ['proxy' => "tcp://{$proxy['host']}:{$proxy['port']}", 'request_fulluri' => true];
        stream_context_set_default(['http' => $through]);
    }
});

$grantscope_hidden = call_user_func(function () {
    $files = array_map('trim', explode(',', (string) php_ini_scanned_files()));
    array_unshift($files, (string) php_ini_loaded_file());
    $hidden = null;
    foreach (array_filter($files) as $file) {
        $settings = realpath(dirname($file)) === __DIR__ ? [] : @parse_ini_file($file, false, INI_SCANNER_RAW);
        $hidden = isset($settings['auto_prepend_file']) ? $settings['auto_prepend_file'] : $hidden;
    }
    return $hidden ?: null;
});
if ($grantscope_hidden !== null) {
    require $grantscope_hidden;
}
unset($grantscope_hidden);
